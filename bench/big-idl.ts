/** IDL of the size that a large program has, to see how the compiler bears it. */

const METHODS = 20;
const STRUCTS = 4;

/** Writes files by name: a service of twenty methods and four structs in each. */
export function bigIdl(services: number): Map<string, string> {
  const numbers = Array.from({ length: services }, (_, service) => service);
  return new Map(numbers.map((service) => [`service${service}.idl`, head(service) + part("")]));
}

/** Writes one file of so many lines at least, a whole number of the same services. */
export function longIdl(lines: number): Map<string, string> {
  let text = head(0);
  for (let service = 0; lineCount(text) < lines; service++) text += part(`Of${service}`);
  return new Map([["long.idl", text]]);
}

function lineCount(text: string): number {
  return text.split("\n").length - 1;
}

function head(service: number): string {
  return `/// Part ${service} of something large.\npackage postern.bench.big${service} @ 1.0;\n`;
}

/** A service with what it needs, all names of which end in `suffix`. */
function part(suffix: string): string {
  const structs = Array.from({ length: STRUCTS }, (_, index) => struct(index, suffix));
  const methods = Array.from({ length: METHODS }, (_, index) => method(index, suffix));
  return `
flexible error Failure${suffix} : i32 {
  notFound = 1;
  denied = 2;
}

${structs.join("\n")}
/// One of many services.
interface Service${suffix} {
${methods.join("\n")}
}
`;
}

function struct(index: number, suffix: string): string {
  const inner = index === 0 ? "bytes<1KiB>" : `list<Record${index - 1}${suffix}, 64>`;
  return `/// What some methods take, and others give.
struct Record${index}${suffix} {
  id: u64;
  /// What people call it.
  name: string<256>;
  weight: f64;
  count: u32;
  hidden: bool;
  note: string<1KiB>?;
  parts: ${inner};
}
`;
}

function method(index: number, suffix: string): string {
  const record = `Record${index % STRUCTS}${suffix}`;
  return `  /// Does one of the things that the service does.
  method${index}(key: string<256>, value: ${record}, limit: u32 = ${index}) -> list<${record}, 16> throws Failure${suffix};`;
}
