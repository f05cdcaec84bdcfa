// npm run fuzz: -- [count] [seed] [from]. The number of a finding with count 1 and the same seed shows it again.
import { fuzz, type Tally } from './fuzz.ts';
import { sourcesOf } from './sources.ts';

const [count = 1_000_000, seed = Date.now() % 1_000_000, from = 0] = process.argv
  .slice(2)
  .map(Number);
const BATCH = 10_000;

const sources = await sourcesOf();
const tally: Tally = new Map();
let findings = 0;
let slowest = 0;
for (let done = 0; done < count; done += BATCH) {
  const batch = { seed, from: from + done, count: Math.min(BATCH, count - done) };
  const result = fuzz(sources, batch);
  for (const [key, times] of result.tally) tally.set(key, (tally.get(key) ?? 0) + times);
  for (const finding of result.findings) {
    findings++;
    if (findings <= 20) console.log(JSON.stringify(finding));
  }
  slowest = Math.max(slowest, result.slowest);
  const megabytes = Math.round(process.memoryUsage.rss() / 2 ** 20);
  if (process.stderr.isTTY) process.stderr.write(`\r${done + batch.count} inputs, ${megabytes} MB`);
}
for (const [key, times] of [...tally].sort()) console.log(`${String(times).padStart(9)}  ${key}`);
const megabytes = Math.round(process.memoryUsage.rss() / 2 ** 20);
console.log(
  `${count} inputs, seed ${seed}: ${findings} findings; slowest ${slowest.toFixed(0)} ms, ${megabytes} MB`,
);
process.exit(findings === 0 ? 0 : 1);
