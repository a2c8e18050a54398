/** Addresses' queries: names with one word or several. No JSON in addresses; people read them. */

export type Search = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Read a query; a name that stands several times has several words. */
export function parseSearch(text: string): Record<string, string | string[]> {
  const found: Record<string, string | string[]> = {};
  for (const [name, word] of new URLSearchParams(text)) {
    const before = Object.hasOwn(found, name) ? found[name] : undefined;
    if (before === undefined) {
      // `__proto__` and the like are names too.
      Object.defineProperty(found, name, {
        configurable: true,
        enumerable: true,
        value: word,
        writable: true,
      });
    } else if (Array.isArray(before)) before.push(word);
    else found[name] = [before, word];
  }
  return found;
}

/** Write a query, with its question mark; what is empty is left out. */
export function stringifySearch(search: Readonly<Record<string, unknown>>): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    for (const word of Array.isArray(value) ? value : [value]) {
      if (word !== undefined && word !== null && word !== "") pairs.append(name, String(word));
    }
  }
  const text = pairs.toString();
  // These are allowed in queries, and read better: `flow=train_*&since=24h`.
  return text === ""
    ? ""
    : `?${text.replaceAll("%2C", ",").replaceAll("%3A", ":").replaceAll("%2F", "/")}`;
}

/** Give the words of a name as a list. */
export function wordsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.filter((word) => typeof word === "string" && word !== "");
  return typeof value === "string" && value !== "" ? [value] : [];
}

/** Give the first word of a name. */
export function wordOf(value: unknown): string | undefined {
  return wordsOf(value)[0];
}
