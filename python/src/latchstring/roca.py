"""The fingerprint of RSA keys from a faulty generator (CVE-2017-15361, "ROCA").

Their modulus is a power of 65537 modulo each of the first small primes. A sound modulus passes for one with a chance of about 2^-150.
"""

from __future__ import annotations

from typing import Final

_GENERATOR: Final = 65537
# fmt: off
_PRIMES: Final = (
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107,
    109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
)
# fmt: on


def _powers_of_generator(prime: int) -> frozenset[int]:
    return frozenset(pow(_GENERATOR, exponent, prime) for exponent in range(prime))


_POWERS: Final = {prime: _powers_of_generator(prime) for prime in _PRIMES}


def has_roca_fingerprint(modulus: int) -> bool:
    """Whether an RSA modulus bears the fingerprint of CVE-2017-15361."""
    return all(modulus % prime in powers for prime, powers in _POWERS.items())
