/** Finds what somebody may have meant. Pure. */

/** Count the letters to change, add or take away to make one word of the other. */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, place) => place);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(same, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Give the words nearest to one, at most `most`, none that differs in more than half of it. */
export function findNear(word: string, words: readonly string[], most = 4): string[] {
  const wanted = word.toLowerCase();
  const cost = (other: string) => {
    const known = other.toLowerCase();
    const isPart =
      wanted !== "" && known !== "" && (known.includes(wanted) || wanted.includes(known));
    return isPart ? 0.5 : distance(wanted, known);
  };
  return words
    .map((other) => ({ cost: cost(other), other }))
    .filter(({ cost: size, other }) => size <= Math.max(word.length, other.length) / 2)
    .sort((x, y) => x.cost - y.cost)
    .slice(0, most)
    .map(({ other }) => other);
}
