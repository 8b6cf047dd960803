import { built } from '../gates/built.ts';
import { coverage, writeCoverage } from '../gates/coverage.ts';
import { cycles } from '../gates/cycles.ts';
import { directions } from '../gates/directions.ts';
import { docs } from '../gates/docs.ts';
import { lockFile } from '../gates/lock-file.ts';
import { packed } from '../gates/packed.ts';
import { pythonFormat, pythonLint, pythonTypes } from '../gates/python.ts';
import { registryHosts } from '../gates/registry-hosts.ts';
import { size } from '../gates/size.ts';
import { format, lint, unused } from '../gates/tools.ts';
import { types } from '../gates/types.ts';
import type { Gate } from '../lib/gate.ts';

/** All gates, the quickest to tell first. */
const GATES: readonly Gate[] = [
  registryHosts,
  lockFile,
  directions,
  cycles,
  coverage,
  format,
  pythonFormat,
  pythonLint,
  types,
  docs,
  pythonTypes,
  lint,
  built,
  // After the build: it loads the examples' settings, which import the packages.
  unused,
  size,
  packed,
];

/** A gate that breaks has not been passed. */
async function findingsOf(gate: Gate): Promise<readonly string[]> {
  try {
    return await gate.run();
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

/** Runs one gate and prints what it found. Answers whether it was passed. */
async function passes(gate: Gate): Promise<boolean> {
  const start = performance.now();
  const findings = await findingsOf(gate);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${findings.length === 0 ? 'passed' : 'FAILED'}  gate ${gate.name} (${seconds} s)`);
  for (const finding of findings) console.log(finding.replace(/^/gm, '    '));
  return findings.length === 0;
}

/** Runs gates one after the other and answers how many were passed. */
async function countPassed(gates: readonly Gate[]): Promise<number> {
  let passed = 0;
  for (const gate of gates) if (await passes(gate)) passed += 1;
  return passed;
}

/** Runs the gates and answers how many were passed and how many not. */
export async function runGates(gates: readonly Gate[] = GATES): Promise<{ passed: number; failed: number }> {
  // The one that takes the longest needs nothing of the others: they run beside it.
  const lanes = [gates.filter((gate) => gate === types), gates.filter((gate) => gate !== types)];
  const passed = await Promise.all(lanes.map(countPassed));
  const sum = passed.reduce((one, other) => one + other, 0);
  return { passed: sum, failed: gates.length - sum };
}

/** The gates that are named, or all. `coverage --write` brings its pages up to date first. */
export async function run(args: readonly string[]): Promise<number> {
  const names = args.filter((arg) => arg !== '--write');
  if (args.includes('--write')) writeCoverage();
  const chosen = names.map((name) => GATES.find((gate) => gate.name.replaceAll(' ', '-') === name));
  if (chosen.includes(undefined)) {
    console.error(`The gates are: ${GATES.map(({ name }) => name.replaceAll(' ', '-')).join(', ')}.`);
    return 1;
  }
  const { failed } = await runGates(chosen.length > 0 ? chosen.filter((gate) => gate !== undefined) : GATES);
  return failed === 0 ? 0 : 1;
}
