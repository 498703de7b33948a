"""In which numbers a model is computed: those that this processor multiplies fastest.

Half as wide is twice as fast only where a processor has instructions for it. Where it has none, torch widens each
number by hand, and bfloat16 takes two and a half times as long as float32.
"""

from __future__ import annotations

from functools import cache

import torch

# What `torch.cpu.get_capabilities` calls instructions that multiply bfloat16: of Intel and AMD, and of ARM.
MULTIPLIES = ("avx512_bf16", "amx_bf16", "bf16")


@cache
def native() -> str:
    """`bfloat16` where this processor multiplies it, else `float32`."""
    can = torch.cpu.get_capabilities()
    return "bfloat16" if any(can.get(name) for name in MULTIPLIES) else "float32"


def named(dtype: str) -> str:
    """torch's name of what a recipe asks for; `native` is this processor's own."""
    return native() if dtype == "native" else dtype
