/** Prints a measured number or a seed, in any reporter. */
export function report(line: string): void {
  process.stderr.write(`    ${line}\n`);
}
