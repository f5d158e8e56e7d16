/** What a channel counts. */

/** What has crossed so far, in both directions. */
export interface Traffic {
  messagesSent: number;
  messagesReceived: number;
  bytesSent: number;
  bytesReceived: number;
  descriptorsSent: number;
  descriptorsReceived: number;
}

/** A channel's running totals, and what is open on it now. */
export interface Counts extends Readonly<Traffic> {
  readonly callsMade: number;
  readonly callsServed: number;
  readonly callsPending: number;
  readonly answersPending: number;
  /** Streams that have not ended, in both directions. */
  readonly streamsOpen: number;
  /** Objects of this end that the peer holds, the offers not counted. */
  readonly objectsExported: number;
  /** Objects of the peer that this end holds, its offers not counted. */
  readonly objectsImported: number;
  /** Objects that the peer has called before they had arrived there, and of which it has not said since that they have. */
  readonly objectsPromised: number;
}
