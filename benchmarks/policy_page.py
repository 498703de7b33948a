"""The page on the policy: what is said of it, and every key with its default."""

from __future__ import annotations

import json

from service.policy import FILE, OWN
from triage_rules.policy import PRESETS

PROSE = """
## When it changes

A commit on the base branch that changes `[rules]` or `[labels]` judges every open contribution again,
within seconds: comment, labels and check follow. What a maintainer asked for or rejected stays so. An
approval stays as long as the new verdict would allow one (*passed*, *needs a human*); else it is withdrawn,
and given anew. Nothing is merged by the verdict of an older policy, or while its cited documents are being
fetched. A policy that can't be read changes no verdict: the queue shows the line and what is wrong with it,
and until it is mended nothing new is judged or approved.

`upweight policy try` compares with the policy that is in force on the base branch today, not with what was
in force when a contribution came: so the table shows what your change does, and no former one. `--before`
names another policy, `--pulls 'refs/pull/*/head'` takes pull requests, `--home DIR` the open contributions
of a service. On a branch a merge counts as what it brought, any other commit as itself, and what was known
of other leaves is the tree before it.

## Merging

| | `when = "before"` | `when = "after"` |
|---|---|---|
| an approved contribution is merged | at once, within seconds | when its batch has passed; until then it waits, hours or days |
| what a batch shows to be harmful | is in the base branch and out of the model, held back | never gets in; its author is asked to mend it |
| who fetches the base branch sees | what people approved | what was measured too |
| others' contributions fit against | all that is approved | what was measured: two that clash show it late, when a batch is formed |
| rights on a forge | to merge | to move the base branch as well, past its protection |
| the base branch moves meanwhile | nothing is lost | the batch's ref is built anew, and said; where it no longer fits, the batch is given up |

A push to a contribution that is in a batch counts for nothing until the batch is decided. To change from one
to the other is safe at any time: batches that are under way end as they began.

## Test cases

A case is a folder beside the policy. `upweight policy test` judges each as a contribution, offline, and
ends with 1 where one differs; `--policy` tries another policy on them.

```
.upweight/policy-tests/two_seeds_are_sent_back/
    expected.toml
    files/knowledge/bells/qna.yaml           what is brought, by its place in the taxonomy
    files/knowledge/bells/attribution.txt
    base/...                                 what stands there before; may be left out
```

```toml
verdict = "changes-requested"     # passed, needs-human, changes-requested or rejected
not_found = ["lint", "schema"]    # rules that must find nothing

[found]                           # rules that must find something, and how heavy the heaviest must be
too-few-seeds = "stop"
near-duplicate = "any"

[contribution]                    # each may be left out
author = "ada"                    # the handle on the forge
title = "Bells of the town"
name = "Ada"                      # of the commits' author
email = "ada@example.org"
commits = ["Add bells"]           # their messages; none: one that is signed off
deleted = ["knowledge/old/qna.yaml"]
```

At least a verdict or a rule must be expected. A rule that needs what a case can't bring (a document from
the network) has *not looked*, and a case that expects something of it differs.

"""  # noqa: E501

RULES = """Weights and settings of the rules stand on [their pages](rules/README.md), each rule in its own table. Every
table takes two keys beside its own: `weight` (`"note"`, `"doubt"`, `"fix"`, `"stop"`, `"close"`, or
`"off"`), which takes the place of the rule's own weight and caps what it weighs otherwise, and `paths`,
patterns of the paths where it looks (`*` stands for any characters, `/` as well). In keys `-` and `_` are
one. A list that is set (closed topics, closed trees, ...) takes the place of the default's: write down what
should stay."""


def page(made: str) -> str:
    """Every key but for those of the rules, which have a page each; `made` says that it is made."""
    lines = [
        "# What a community decides",
        made,
        f"The policy lies in `{FILE}` on the base branch, as TOML; from a contributor's head it is never read.",
        "What is not in it has the default. Shares and changes are fractions: 5 points are 0.05.",
        "",
        "| to | type |",
        "|---|---|",
        "| see what is wrong with it, each mistake with its line and what to do | `upweight policy check` |",
        "| see all that holds, defaults included, as a policy to start from | `upweight policy show PRESET` |",
        "| judge [its test cases](#test-cases) | `upweight policy test` |",
        "| see what it would have said of the last 50 contributions | `upweight policy try --against main~50..main` |",
        "| see what a gate would let through | `upweight gate simulate --policy FILE` |",
        "",
        f"Presets are {', '.join(f'`{name}`' for name in PRESETS)}: commands take one",
        "wherever they take a file. To make one a policy of yours, write what `show` prints into the file, and leave",
        "out what you do not need.",
        *PROSE.splitlines(),
    ]
    for name, section in OWN.items():
        lines += [f"\n## [{name}]\n", f"{(section.__doc__ or '').strip().splitlines()[0]}\n"]
        lines += ["| key | default | what it sets |", "|---|---|---|"]
        for key, field in section.model_fields.items():
            default = json.dumps(field.default)
            lines.append(f"| `{key}` | `{default}` | {field.description} |")
    lines += ["\n## [rules.NAME] and [labels]\n", *RULES.splitlines()]
    return "\n".join(lines) + "\n"
