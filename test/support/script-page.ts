/** Classes as a program has them, whose objects tests export. */

export class Base {
  inherited(): string {
    return `inherited of ${Reflect.get(this, "title")}`;
  }
}

export class Page extends Base {
  static count = 7;
  title = "a title";
  readonly #lines: string[] = [];

  static make(): Page {
    return new Page();
  }

  write(line: string): number {
    return this.#lines.push(line);
  }

  get lines(): string {
    return this.#lines.join("\n");
  }

  set lines(text: string) {
    this.#lines.splice(0, this.#lines.length, ...text.split("\n"));
  }
}
