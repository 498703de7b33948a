"""The harness's command line: `python -m eval_harness train JOBDIR`, and so on.

Exit codes: 0 done (also when it was done before), 1 an error of ours, 2 a job that can't be used, 143 asked
to stop (the same directory resumes). Nothing heavy is imported before it is needed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from eval_harness import job as jobs

STOPPED = 143
VERBS = ("generate", "train", "measure", "merge", "ask", "run")


def _result(directory: Path, job: jobs.Job) -> dict[str, Any]:
    if isinstance(job, jobs.GenerateJob):
        from eval_harness.generate.run import run as generate

        return generate(directory, job)
    if isinstance(job, jobs.TrainJob):
        from eval_harness.train.loop import Asked
        from eval_harness.train.run import run as train

        asked = Asked()
        asked.listen()
        return train(directory, job, asked)
    if isinstance(job, jobs.MeasureJob):
        from eval_harness.measure.run import run as measure

        return measure(directory, job)
    from eval_harness.models import shipped

    return shipped.merge(directory, job) if isinstance(job, jobs.MergeJob) else shipped.ask(directory, job)


def work(verb: str, directory: Path) -> int:
    """Do a directory's job unless its result is there."""
    if (directory / "result.json").exists():
        return 0
    try:
        job = jobs.read(directory)
        kind = type(job).__struct_config__.tag
        if verb not in ("run", kind):
            raise jobs.Refused(f"{directory}/job.json is a {kind} job, not a {verb} job")
        jobs.finish(directory, _result(directory, job))
    except jobs.Refused as error:
        print(f"refused: {error}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        return _lacks(error)
    except jobs.Stopped as error:
        print(str(error), file=sys.stderr)
        return STOPPED
    return 0


def _lacks(error: ModuleNotFoundError) -> int:
    """The GPU half is an extra: where it was left out, say how to have it. What is ours and lacks is raised."""
    lacking = (error.name or "").partition(".")[0]
    if lacking == "eval_harness":
        raise error
    how = "pip install -r requirements-torch.txt, then pip install 'upweight[gpu]'"
    print(f"refused: {lacking} is not installed, and training needs it: {how}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m eval_harness", description=(__doc__ or "").splitlines()[0]
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in VERBS:
        verbs.add_parser(verb).add_argument("directory", type=Path, metavar="JOBDIR")
    prepare = verbs.add_parser("prepare", help="make or fetch a base model, once")
    prepare.add_argument("--model", default="smollm2")
    prepare.add_argument("--cache", default=None)
    guard = verbs.add_parser("guard", help="write a guard from a task of lm-eval whose data is at hand")
    guard.add_argument("task", metavar="TASK", help="a task's name, or a group's: mmlu_anatomy")
    guard.add_argument("--into", type=Path, required=True, metavar="FOLDER", help="the folder of the guard")
    guard.add_argument("--tasks", type=Path, default=None, metavar="FOLDER", help="task files of your own")
    guard.add_argument("--at-most", type=int, default=96, help="questions of each task")
    return parser


def _once(arguments: argparse.Namespace) -> dict[str, Any]:
    """What is done once, ahead of all jobs: a base made ready, or a guard written."""
    if arguments.verb == "prepare":
        from eval_harness.models.shipped import prepare

        return prepare(arguments.model, arguments.cache)
    os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1")  # a guard comes from what is at hand
    from eval_harness.measure.named import guard

    return guard(arguments.task, arguments.into, arguments.tasks, arguments.at_most)


def main(argv: list[str]) -> int:
    """Dispatch; returns the exit code."""
    # Progress bars of libraries are noise in a run's log; what a run has to say goes into progress.jsonl.
    os.environ.update(TQDM_DISABLE="1", HF_HUB_DISABLE_PROGRESS_BARS="1", TRANSFORMERS_VERBOSITY="error")
    os.environ.update(TOKENIZERS_PARALLELISM="false", HF_HUB_DISABLE_TELEMETRY="1")
    if argv[:1] == ["compare"]:
        from eval_harness.compare import compare_main

        return compare_main(argv[1:])
    if argv[:1] == ["culprit"]:
        from eval_harness.culprit_cli import culprit_main

        return culprit_main(argv[1:])
    if argv == ["template"]:
        from eval_harness.template import serve

        return serve(main)
    arguments = _parser().parse_args(argv)
    if arguments.verb in VERBS:
        return work(arguments.verb, arguments.directory)
    try:
        print(json.dumps(_once(arguments), indent=1))
    except jobs.Refused as error:
        print(f"refused: {error}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        return _lacks(error)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
