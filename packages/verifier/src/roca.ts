// The fingerprint of RSA keys from a faulty generator (CVE-2017-15361, "ROCA"): their modulus is a power of 65537 modulo
// each of the first small primes. A sound modulus passes for one with a chance of about 2^-150.
const GENERATOR = 65537;
const PRIMES = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107,
  109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

/** Whether an RSA modulus, big-endian, bears the fingerprint of CVE-2017-15361. */
export function hasRocaFingerprint(modulus: Uint8Array): boolean {
  return PRIMES.every((prime) => powersOfGenerator(prime).has(remainder(modulus, prime)));
}

function remainder(number: Uint8Array, divisor: number): number {
  return number.reduce((rest, byte) => (rest * 256 + byte) % divisor, 0);
}

function powersOfGenerator(prime: number): Set<number> {
  const powers = new Set<number>();
  for (let power = 1; !powers.has(power); power = (power * GENERATOR) % prime) powers.add(power);
  return powers;
}
