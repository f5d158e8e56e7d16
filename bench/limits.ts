/** The limits of the measured channels: as by default, but for messages that hold a mebibyte and their header. */
export const limits = { message: (1 << 20) + 4096 } as const;
