"""QuickXorHash, SharePoint's checksum of a file (learn.microsoft.com, "Code Snippets: QuickXorHash Algorithm").

The bytes that came are held against it: a match proves that they are those of the version that was asked for, where a
second question to Graph would cost a resource unit. It is no cryptographic hash, and proves nothing against malice.
"""

import base64

BITS = 160
SHIFT = 11  # each byte is turned by 11 bits more than the one before; after 160 bytes the turns repeat
BLOCK = 160


def quick_xor_hash(content: bytes) -> str:
    """In base64, as Graph writes it."""
    total = 0
    for place, byte in enumerate(_folded(content)):
        turn = place * SHIFT % BITS
        total ^= (byte << turn) | (byte >> (BITS - turn))
    total = (total & ((1 << BITS) - 1)) ^ (len(content) << (BITS - 64))
    return base64.b64encode(total.to_bytes(BITS // 8, "little")).decode()


def _folded(content: bytes) -> bytes:
    """All blocks of 160 bytes laid over each other by XOR, halving: a hundred megabytes in a fraction of a second."""
    blocks = -(-len(content) // BLOCK)
    folded = content + b"\0" * (blocks * BLOCK - len(content))
    while blocks > 1:
        half = -(-blocks // 2) * BLOCK
        low, high = folded[:half], folded[half:]
        joined = int.from_bytes(low, "little") ^ int.from_bytes(high, "little")
        folded, blocks = joined.to_bytes(half, "little"), half // BLOCK
    return folded
