"""`tiny`: a Llama-shaped model of a million parameters, made from scratch in under a minute.

For tests and for a demo on any machine. It knows a small corpus of everyday facts and nothing else; its
tokenizer, a byte-level BPE of 2,048, is made from the same corpus.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from eval_harness.job import Leaf, Seed
from eval_harness.recipe import GenerateRecipe, TrainRecipe

VOCABULARY = 2048
SHAPE = {
    "hidden_size": 128,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "intermediate_size": 384,
    "max_position_embeddings": 512,
    "tie_word_embeddings": True,
}
SPECIAL = ["<|pad|>", "<|end|>", "<|user|>", "<|assistant|>"]
TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
FORMS = GenerateRecipe(knowledge_rows=8, skill_rows=8)
RECIPE = TrainRecipe(
    method="full",
    dtype="float32",
    pack=512,
    rate=4e-3,
    betas=(0.9, 0.95),
    warm_up=10,
    clip=1.0,
    exposures=6,
    replay_share=1.0,
    replay_exposures=1,
    anchor_rows=0,
    anchor_tokens=0,
    anchor_weight=0.0,
    checkpoint_every=10**9,
)
SEED = 20


def corpus() -> list[dict[str, str]]:
    """The everyday facts: question, answer, statement."""
    text = (resources.files("eval_harness") / "models" / "tiny_corpus.yaml").read_text(encoding="utf-8")
    return [{key: str(value) for key, value in entry.items()} for entry in yaml.safe_load(text)]


def key() -> str:
    """What the model depends on, as a hash."""
    import torch

    parts = [corpus(), SHAPE, TEMPLATE, repr(FORMS), repr(RECIPE), SEED, torch.__version__]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def make(out: Path) -> None:
    """Train the model into the empty folder `out`."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(SEED)
    facts = corpus()
    tokenizer = _tokenizer(facts)
    config = LlamaConfig(
        vocab_size=len(tokenizer), bos_token_id=None, eos_token_id=1, pad_token_id=0, **SHAPE
    )
    with tempfile.TemporaryDirectory() as name:
        LlamaForCausalLM(config).save_pretrained(name)
        tokenizer.save_pretrained(name)
        _train(Path(name), facts, out)
    about = {
        "id": "upweight/tiny",
        "licence": "Apache-2.0",
        "source": "made from scratch",
    }
    (out / "upweight-base.json").write_text(json.dumps(about, indent=1) + "\n")


def _tokenizer(facts: list[dict[str, str]]) -> Any:
    from tokenizers import ByteLevelBPETokenizer
    from transformers import PreTrainedTokenizerFast

    bpe = ByteLevelBPETokenizer()
    lines = [text for fact in facts for text in fact.values()]
    bpe.train_from_iterator(lines, vocab_size=VOCABULARY, min_frequency=2, special_tokens=SPECIAL)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bpe._tokenizer, eos_token="<|end|>", pad_token="<|pad|>"
    )
    tokenizer.chat_template = TEMPLATE
    return tokenizer


def _train(start: Path, facts: list[dict[str, str]], out: Path) -> None:
    """Every question in its forms, and every statement as running text."""
    from eval_harness.generate.rows import of
    from eval_harness.models import packs, prompt
    from eval_harness.models.split import Split
    from eval_harness.train import plan
    from eval_harness.train.learner import Learner, save_model
    from eval_harness.train.loop import Asked, Loop
    from eval_harness.train.rows import encode

    split = Split(start, "", 0, RECIPE.dtype)
    form = prompt.of(split.tokenizer)
    leaf = Leaf("base", "knowledge", tuple(Seed(fact["question"], fact["answer"]) for fact in facts))
    rows = [
        encode(split.tokenizer, form, r["question"], None, r["answer"], 512) for r in of(leaf, FORMS, SEED)
    ]
    end = tuple(split.tokenizer.encode("<|end|>"))
    texts = [tuple(split.tokenizer.encode(fact["statement"])) + end for fact in facts]
    rows += [packs.Row(end, (text,)) for text in texts]
    learner = Learner(split, RECIPE, rows, [None] * len(rows), [], [])
    steps = plan.steps([len(row) for row in rows], range(len(rows)), (), (), RECIPE, SEED)
    loop = Loop(learner.open(SEED, None), steps, RECIPE)
    with tempfile.TemporaryDirectory() as name:
        loop.run(learner.loss, Path(name) / "checkpoint", Asked(), lambda step, of, loss: None)
    save_model(split, out)
