/** IDL files of the size that a large program has, to see how the compiler bears them. */

const METHODS = 20;
const STRUCTS = 4;

/** Writes files by name: a service of twenty methods and four structs in each. */
export function bigIdl(services: number): Map<string, string> {
  const files = new Map<string, string>();
  for (let service = 0; service < services; service++) files.set(`service${service}.idl`, file(service));
  return files;
}

function file(service: number): string {
  const structs = Array.from({ length: STRUCTS }, (_, index) => struct(index));
  const methods = Array.from({ length: METHODS }, (_, index) => method(index));
  return `/// Part ${service} of something large.
package postern.bench.big${service} @ 1.0;

flexible error Failure : i32 {
  notFound = 1;
  denied = 2;
}

${structs.join("\n")}
/// One of many services.
interface Service {
${methods.join("\n")}
}
`;
}

function struct(index: number): string {
  const inner = index === 0 ? "bytes<1KiB>" : `list<Record${index - 1}, 64>`;
  return `/// What some methods take, and others give.
struct Record${index} {
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

function method(index: number): string {
  const record = `Record${index % STRUCTS}`;
  return `  /// Does one of the things that the service does.
  method${index}(key: string<256>, value: ${record}, limit: u32 = ${index}) -> list<${record}, 16> throws Failure;`;
}
