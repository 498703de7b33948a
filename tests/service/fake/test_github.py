"""The fake GitHub does what GitHub does, where it matters to a bot: who may, what conflicts, what is told."""

from __future__ import annotations

import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from service.fake.faults import KINDS
from service.fake.github.control import DEEDS
from service.fake.github.play import FakeGitHub
from service.fake.github.shapes import installation_id
from tests.service.fake.conftest import LEAF, bot, signed

REPO = "/repos/harbour/taxonomy"


def told(forge: FakeGitHub) -> list[str]:
    """What was delivered, in order."""
    return [f"{sent.event} {sent.action}".strip() for sent in forge.deliveries.all]


def head(forge: FakeGitHub, number: int) -> str:
    """A pull request's head."""
    found = forge.repo.git.ref(f"refs/pull/{number}/head")
    assert found is not None
    return found


# signing in


@pytest.mark.parametrize(
    ("wrong", "status"),
    [({"late": -1000}, 401), ({"good": 1200}, 401), ({"late": 300}, 401), ({"app": "77"}, 401), ({}, 200)],
)
def test_a_jwt_is_looked_at(forge: FakeGitHub, wrong: dict[str, object], status: int) -> None:
    headers = {"Authorization": f"Bearer {signed(forge, **wrong)}"}  # type: ignore[arg-type]
    assert httpx.get(f"{forge.url}/app", headers=headers).status_code == status


def test_a_jwt_of_another_key_is_refused(forge: FakeGitHub) -> None:
    header, claims, signature = signed(forge).split(".")
    forged = f"{header}.{claims}.{signature[::-1]}"
    assert httpx.get(f"{forge.url}/app", headers={"Authorization": f"Bearer {forged}"}).status_code == 401


def test_a_token_runs_out_after_an_hour(forge: FakeGitHub, client: httpx.Client) -> None:
    assert client.get(REPO).status_code == 200
    forge.hub.clock.forward(3601)
    assert client.get(REPO).json()["message"] == "Bad credentials"


def test_a_token_opens_what_it_was_made_for_and_no_more(forge: FakeGitHub) -> None:
    as_app = {"Authorization": f"Bearer {signed(forge)}"}
    where = f"{forge.url}/app/installations/{installation_id(forge.hub.app)}/access_tokens"
    made = httpx.post(
        where, headers=as_app, json={"permissions": {"metadata": "read", "issues": "read"}}
    ).json()
    number = forge.people.open("ada", "Lamps", {"lamps.txt": "x\n"})
    with httpx.Client(base_url=forge.url + REPO, headers={"Authorization": f"token {made['token']}"}) as less:
        assert less.get(f"/issues/{number}/comments").status_code == 200
        assert less.post(f"/issues/{number}/comments", json={"body": "x"}).status_code == 403
        assert less.get("/git/ref/heads/main").status_code == 403
    assert httpx.post(where, headers=as_app, json={"permissions": {"packages": "write"}}).status_code == 422


def test_nobody_and_the_app_itself_can_not_write(forge: FakeGitHub) -> None:
    number = forge.people.open("ada", "Lamps", {"lamps.txt": "x\n"})
    where = f"{forge.url}{REPO}/issues/{number}/comments"
    assert httpx.post(where, json={"body": "x"}).status_code == 401
    assert (
        httpx.post(
            where, json={"body": "x"}, headers={"Authorization": f"Bearer {signed(forge)}"}
        ).status_code
        == 403
    )


def test_a_repository_that_the_app_was_not_given_is_not_there(
    forge: FakeGitHub, client: httpx.Client
) -> None:
    forge.hub.make("harbour/secret").installed = False
    assert client.get("/repos/harbour/secret").status_code == 404
    assert [repo["name"] for repo in client.get("/installation/repositories").json()["repositories"]] == [
        "taxonomy"
    ]


# lists


def test_lists_come_in_pages_that_lead_to_one_another(forge: FakeGitHub, client: httpx.Client) -> None:
    numbers = [forge.people.open("ada", f"Pull {n}", {f"{n}.txt": "x\n"}) for n in range(5)]
    answer, seen = client.get(f"{REPO}/pulls?per_page=2&state=all"), []
    while True:
        seen += [pull["number"] for pull in answer.json()]
        if "next" not in answer.links:
            break
        answer = client.get(answer.links["next"]["url"])
    assert seen == numbers[::-1]


def test_what_has_not_changed_costs_a_304(forge: FakeGitHub, client: httpx.Client) -> None:
    number = forge.people.open("ada", "Lamps", {"lamps.txt": "x\n"})
    first = client.get(f"{REPO}/pulls")
    known = {"If-None-Match": first.headers["etag"]}
    again = client.get(f"{REPO}/pulls", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    forge.people.edit(number, title="Lampen")
    assert client.get(f"{REPO}/pulls", headers=known).status_code == 200


# pull requests


def test_a_pull_request_tells_what_it_changes(forge: FakeGitHub, client: httpx.Client) -> None:
    number = forge.people.open(
        "ada", "Lamps", {LEAF: "a: 1\nb: 3\nc: 3\n", "README.md": None, "new.txt": "x\n"}
    )
    files = {file["filename"]: file for file in client.get(f"{REPO}/pulls/{number}/files").json()}
    assert {name: file["status"] for name, file in files.items()} == {
        LEAF: "modified",
        "README.md": "removed",
        "new.txt": "added",
    }
    assert files[LEAF]["patch"] == "@@ -1,3 +1,3 @@\n a: 1\n-b: 2\n+b: 3\n c: 3"
    pull = client.get(f"{REPO}/pulls/{number}").json()
    assert (pull["changed_files"], pull["commits"], pull["mergeable"]) == (3, 1, True)


def test_a_push_moves_the_head_and_is_told_with_both_ends(forge: FakeGitHub) -> None:
    number = forge.people.open("ada", "Lamps", {"lamps.txt": "x\n"})
    old = head(forge, number)
    new = forge.people.push(number, {"lamps.txt": "y\n"})
    body = forge.deliveries.all[-1].body
    assert told(forge) == ["pull_request opened", "pull_request synchronize"]
    assert f'"before":"{old}","after":"{new}"'.encode() in body
    assert head(forge, number) == new


def test_a_push_to_a_branch_here_is_told_as_a_push_too(forge: FakeGitHub) -> None:
    number = forge.people.open("ben", "Tides", {"tides.txt": "x\n"}, fork=False, branch="tides")
    new = forge.people.push(number, {"tides.txt": "y\n"})
    assert told(forge) == ["pull_request opened", "push", "pull_request synchronize"]
    assert forge.repo.git.tip("tides") == new == head(forge, number)


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_a_merge_moves_the_base_and_closes(forge: FakeGitHub, client: httpx.Client, method: str) -> None:
    number = forge.people.open("ada", "Lamps", {"lamps.txt": "x\n"})
    forge.people.push_branch("mo", "main", {"other.txt": "x\n"})
    asked = {"sha": head(forge, number), "merge_method": method, "commit_title": "Lamps (#1)"}
    done = client.put(f"{REPO}/pulls/{number}/merge", json=asked)
    assert (done.status_code, done.json()["sha"]) == (200, forge.repo.git.tip("main"))
    assert sorted(told(forge)[-2:]) == ["pull_request closed", "push"]
    pull = client.get(f"{REPO}/pulls/{number}").json()
    assert (pull["state"], pull["merged"], pull["merged_by"]["login"]) == ("closed", True, "upweight[bot]")
    assert len(forge.repo.git.read(done.json()["sha"]).parents) == (2 if method == "merge" else 1)
    for name in ("lamps.txt", "other.txt"):
        assert client.get(f"{REPO}/contents/{name}").status_code == 200


def test_a_merge_is_refused_with_the_status_that_says_why(forge: FakeGitHub, client: httpx.Client) -> None:
    people = forge.people
    number, other = (
        people.open("ada", "Lamps", {LEAF: "a: 2\n"}),
        people.open("ben", "Tides", {LEAF: "a: 3\n"}),
    )

    def merge(which: int, **asked: object) -> tuple[int, str]:
        answer = client.put(f"{REPO}/pulls/{which}/merge", json=asked)
        return answer.status_code, answer.json()["message"]

    assert merge(number, sha="0" * 40)[0] == 409
    assert merge(number, merge_method="octopus")[0] == 422
    people.draft(number)
    assert merge(number) == (405, "Pull Request is still a draft")
    people.draft(number, False)
    people.protect("main", ["build"])
    assert merge(number) == (405, 'Required status check "build" is expected.')
    people.protect("main", ["build"], bypass=["upweight"])
    assert merge(number)[0] == 200
    assert merge(number)[0] == 405
    assert merge(other) == (405, "Pull Request is not mergeable")
    assert client.get(f"{REPO}/pulls/{other}").json()["mergeable_state"] == "dirty"
    assert merge(999)[0] == 404


def test_a_push_that_holds_a_head_merges_its_pull_request(forge: FakeGitHub, client: httpx.Client) -> None:
    number = forge.people.open("ada", "Lamps", {"lamps.txt": "x\n"})
    moved = client.patch(f"{REPO}/git/refs/heads/main", json={"sha": head(forge, number), "force": False})
    assert moved.status_code == 200
    assert client.get(f"{REPO}/pulls/{number}").json()["merged"]
    assert told(forge)[1:] == ["push", "pull_request closed"]


def test_a_deleted_fork_leaves_the_head_and_no_repository(forge: FakeGitHub, client: httpx.Client) -> None:
    number = forge.people.open("ada", "Lamps", {"lamps.txt": "x\n"})
    forge.people.delete_fork(number)
    pull = client.get(f"{REPO}/pulls/{number}").json()
    assert (pull["head"]["repo"], pull["state"], pull["head"]["sha"]) == (None, "closed", head(forge, number))
    assert client.patch(f"{REPO}/pulls/{number}", json={"state": "open"}).status_code == 422


# reviews


def test_nobody_approves_a_pull_request_of_their_own(forge: FakeGitHub) -> None:
    number = forge.people.open("ada", "Lamps", {"lamps.txt": "x\n"})
    with httpx.Client(base_url=forge.url, headers={"Authorization": "Bearer ghp_ada"}) as ada:
        answer = ada.post(f"{REPO}/pulls/{number}/reviews", json={"event": "APPROVE"})
    assert (answer.status_code, answer.json()["errors"]) == (422, ["Can not approve your own pull request"])


def test_a_remark_stands_at_a_line_that_is_there_or_the_whole_review_is_refused(
    forge: FakeGitHub, client: httpx.Client
) -> None:
    number = forge.people.open("ada", "Lamps", {LEAF: "a: 1\nb: 3\nc: 3\n"})
    where, said = f"{REPO}/pulls/{number}/reviews", {"path": LEAF, "line": 2, "body": "x"}
    for wrong in ({"line": 99}, {"path": "README.md"}, {"path": "nowhere.txt"}, {"line": 2, "start_line": 3}):
        bad = {"event": "COMMENT", "comments": [said, said | wrong]}
        assert client.post(where, json=bad).status_code == 422
    assert client.get(f"{REPO}/pulls/{number}/comments").json() == []
    assert client.post(where, json={"event": "COMMENT", "comments": [said]}).status_code == 200
    (remark,) = client.get(f"{REPO}/pulls/{number}/comments").json()
    assert (remark["line"], remark["position"]) == (2, 1)
    forge.people.push(number, {LEAF: "a: 2\n"})
    (outdated,) = client.get(f"{REPO}/pulls/{number}/comments").json()
    assert (outdated.get("line"), outdated["position"]) == (None, None)


# comments, labels, checks


def test_a_comment_is_bounded_and_another_s_is_not_the_app_s_to_edit(
    forge: FakeGitHub, client: httpx.Client
) -> None:
    number = forge.people.open("ada", "Lamps", {"lamps.txt": "x\n"})
    theirs = forge.people.comment(number, "ada", "Hello.")
    where = f"{REPO}/issues/{number}/comments"
    assert client.post(where, json={"body": "x" * 65536}).status_code == 201
    assert client.post(where, json={"body": "x" * 65537}).status_code == 422
    assert client.post(where, json={"body": " "}).status_code == 422
    assert client.patch(f"{REPO}/issues/comments/{theirs}", json={"body": "x"}).status_code == 403


def test_an_action_of_the_app_is_told_with_its_bot_as_the_sender(
    forge: FakeGitHub, client: httpx.Client
) -> None:
    number = forge.people.open("ada", "Lamps", {"lamps.txt": "x\n"})
    client.post(f"{REPO}/issues/{number}/comments", json={"body": "Judged."})
    client.post(f"{REPO}/issues/{number}/labels", json={"labels": ["passed", "Passed", "skill"]})
    assert told(forge)[1:] == ["issue_comment created", "pull_request labeled", "pull_request labeled"]
    assert all(b'"sender":{"login":"upweight[bot]"' in sent.body for sent in forge.deliveries.all[1:])


def test_annotations_are_added_up_and_fifty_are_the_most_of_one_request(
    forge: FakeGitHub, client: httpx.Client
) -> None:
    number = forge.people.open("ada", "Lamps", {"lamps.txt": "x\n"})
    note = {"path": "lamps.txt", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "x"}

    def body(count: int) -> dict[str, object]:
        output = {"title": "t", "summary": "s", "annotations": [note] * count}
        return {"name": "upweight", "head_sha": head(forge, number), "output": output}

    assert client.post(f"{REPO}/check-runs", json=body(51)).status_code == 422
    run = client.post(f"{REPO}/check-runs", json=body(50)).json()
    after = client.patch(
        f"{REPO}/check-runs/{run['id']}", json={"output": body(7)["output"], "conclusion": "neutral"}
    )
    assert (after.json()["output"]["annotations_count"], after.json()["status"]) == (57, "completed")
    listed = client.get(f"{REPO}/commits/{head(forge, number)}/check-runs").json()
    assert listed["total_count"] == 1
    assert client.post(f"{REPO}/check-runs", json=body(1) | {"status": "completed"}).status_code == 422
    assert client.post(f"{REPO}/check-runs", json=body(1) | {"head_sha": "0" * 40}).status_code == 422


def test_only_a_button_that_is_there_is_pressed(forge: FakeGitHub, client: httpx.Client) -> None:
    number = forge.people.open("ada", "Lamps", {"lamps.txt": "x\n"})
    button = {"label": "Fix", "description": "Mend it.", "identifier": "fix"}
    made = {"name": "upweight", "head_sha": head(forge, number), "actions": [button]}
    run = client.post(f"{REPO}/check-runs", json=made).json()
    with pytest.raises(ValueError, match="it has fix"):
        forge.people.press(run["id"], "ada", "merge")
    forge.people.press(run["id"], "ada", "fix")
    forge.people.rerun(run["id"], "ada")
    assert told(forge)[1:] == ["check_run requested_action", "check_run rerequested"]


# refs


def test_a_ref_goes_forward_only_and_past_its_protection_for_those_let_by(
    forge: FakeGitHub, client: httpx.Client
) -> None:
    main = str(forge.repo.git.tip("main"))
    one, other = forge.people.commit({"one.txt": "x\n"}), forge.people.commit({"other.txt": "x\n"})
    where = f"{REPO}/git/refs/heads/main"
    assert client.patch(where, json={"sha": one}).status_code == 200
    for behind in (other, main):
        refused = client.patch(where, json={"sha": behind, "force": False})
        assert (refused.status_code, refused.json()["message"]) == (422, "Update is not a fast forward")
    assert client.patch(where, json={"sha": "1" * 40}).json()["message"] == "Object does not exist"
    assert client.patch(f"{REPO}/git/refs/heads/none", json={"sha": one}).status_code == 422
    next_one = forge.people.commit({"two.txt": "x\n"}, one)
    forge.people.protect("main")
    assert "through a pull request" in client.patch(where, json={"sha": next_one}).json()["message"]
    forge.people.protect("main", bypass=["upweight"])
    assert client.patch(where, json={"sha": next_one}).status_code == 200


def test_git_fetches_and_pushes_over_http_with_a_token(
    forge: FakeGitHub, client: httpx.Client, tmp_path: Path
) -> None:
    number = forge.people.open("ada", "Lamps", {"lamps.txt": "x\n"})
    token = client.headers["authorization"].removeprefix("token ")
    address = f"{forge.url.replace('://', f'://x-access-token:{token}@')}/harbour/taxonomy.git"

    def git(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["git", *words], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert git("init", "--bare", "-q", "mirror").returncode == 0
    fetched = git(
        "-C",
        "mirror",
        "fetch",
        "-q",
        address,
        "+refs/pull/*/head:refs/pull/*/head",
        "+refs/heads/*:refs/heads/*",
    )
    assert fetched.returncode == 0, fetched.stderr
    assert git("-C", "mirror", "rev-parse", f"refs/pull/{number}/head").stdout.strip() == head(forge, number)
    pushed = git("-C", "mirror", "push", "-q", address, f"{head(forge, number)}:refs/heads/fixes")
    assert pushed.returncode == 0, pushed.stderr
    assert forge.repo.git.tip("fixes") == head(forge, number)
    assert told(forge)[-1] == "push"
    wrong = git("-C", "mirror", "fetch", "-q", address.replace(token, "ghs_none"), "refs/heads/main")
    assert wrong.returncode != 0


def test_a_push_by_a_path_is_told_too(forge: FakeGitHub, tmp_path: Path) -> None:
    number = forge.people.open("ben", "Tides", {"tides.txt": "x\n"}, fork=False, branch="tides")
    new = forge.people.commit({"tides.txt": "y\n"}, head(forge, number))
    subprocess.run(["git", "init", "--bare", "-q", tmp_path / "mirror"], check=True)
    address = forge.hub.git_template.format(owner="harbour", name="taxonomy")
    for words in (
        ["fetch", "-q", address, new],
        ["push", "-q", address, f"{new}:refs/heads/tides", f"{new}:refs/upweight/x"],
    ):
        subprocess.run(["git", "-C", tmp_path / "mirror", *words], check=True)
    assert told(forge)[1:] == ["push", "pull_request synchronize"]
    assert b'"sender":{"login":"upweight[bot]"' in forge.deliveries.all[-1].body
    assert head(forge, number) == new


# names, and the App manifest


def test_an_old_name_leads_to_the_new_one_by_http_and_on_disk(
    forge: FakeGitHub, client: httpx.Client
) -> None:
    before = forge.repo.git.path
    forge.people.rename("leaves")
    forge.people.transfer("sea")
    assert told(forge) == ["repository renamed", "repository transferred"]
    for old in ("harbour/taxonomy", "harbour/leaves"):
        answer = client.get(f"/repos/{old}/pulls")
        assert (answer.status_code, answer.is_redirect) == (301, True)
        assert client.get(answer.headers["location"]).status_code == 200
    assert client.get(f"/repositories/{forge.repo.id}").json()["full_name"] == "sea/leaves"
    assert (before / "HEAD").is_file()
    assert (forge.hub.folder / "git" / "sea" / "leaves.git" / "HEAD").is_file()


def test_an_app_is_made_from_a_manifest_by_one_click_and_its_code_is_good_once(forge: FakeGitHub) -> None:
    manifest = (
        '{"name": "Up <b>weight", "url": "https://example.org", "redirect_url": "http://127.0.0.1:1/back",'
        ' "default_permissions": {"checks": "write"}, "default_events": ["push"], "hook_attributes": {"url": "http://127.0.0.1:9/"}}'
    )
    where = f"{forge.url}/organizations/harbour/settings/apps/new"
    page = httpx.post(f"{where}?state=abc", data={"manifest": manifest})
    assert page.status_code == 200
    assert "Create Up &lt;b&gt;weight" in page.text
    back = httpx.post(where, data={"manifest": manifest, "state": "abc", "sure": "yes"})
    leads = urlsplit(back.headers["location"])
    asked = parse_qs(leads.query)
    assert (back.status_code, leads.netloc, asked["state"]) == (302, "127.0.0.1:1", ["abc"])
    exchange = f"{forge.url}/app-manifests/{asked['code'][0]}/conversions"
    made = httpx.post(exchange)
    assert made.status_code == 201
    assert {"id", "slug", "pem", "webhook_secret", "client_id", "client_secret"} <= set(made.json())
    assert httpx.post(exchange).status_code == 404
    assert forge.hub.app.events == ["push"]
    assert (told(forge), forge.deliveries.to) == (["ping"], "http://127.0.0.1:9/")
    with bot(forge) as client:
        assert client.get(f"{REPO}/pulls").status_code == 403  # it was not asked for
    assert httpx.post(where, data={"manifest": "{}"}).status_code == 422


# the control API


def test_people_are_played_from_outside(forge: FakeGitHub) -> None:
    with httpx.Client(base_url=f"{forge.url}/_fake") as outside:
        number = outside.post(
            "/do/open", json={"who": "ada", "title": "Lamps", "files": {"lamps.txt": "x\n"}}
        ).json()["done"]
        outside.post("/do/comment", json={"number": number, "who": "ada", "body": "@upweight status"})
        outside.post("/do/label", json={"number": number, "who": "mo", "names": ["skill", "urgent"]})
        seen = outside.get(f"/pulls/{number}").json()
        assert seen["comments"][0]["body"] == "@upweight status"
        assert [label["name"] for label in seen["pull"]["labels"]] == ["skill", "urgent"]
        for wrong in ({"who": "ada"}, {"who": "ada", "title": "x", "colour": 1}):
            assert outside.post("/do/open", json=wrong).status_code == 400
        assert outside.post("/do/_move", json={}).status_code == 404
        assert outside.post("/do/close", json={"number": 99}).status_code == 400
        listed = outside.get("/").json()
    assert {"open", "push", "rename", "press", "delete_fork"} <= set(listed["deeds"])
    assert all(deed["what"] for deed in listed["deeds"].values())


def test_a_second_repository_is_made_and_played_by_its_name(forge: FakeGitHub, client: httpx.Client) -> None:
    with httpx.Client(base_url=f"{forge.url}/_fake") as outside:
        made = outside.post("/repositories", json={"name": "harbour/other", "files": {"a.txt": "x\n"}})
        assert made.json()["full_name"] == "harbour/other"
        assert outside.post("/repositories", json={"name": "other"}).status_code == 400
        deed = {"who": "ada", "title": "Lamps", "files": {"lamps.txt": "x\n"}}
        assert outside.post("/do/open", json=deed).status_code == 400  # of which?
        assert outside.post("/do/open", json={**deed, "repository": "harbour/other"}).json() == {"done": 1}
    assert [pull["number"] for pull in client.get("/repos/harbour/other/pulls").json()] == [1]
    assert client.get(f"{REPO}/pulls").json() == []


def test_a_page_shows_what_a_bot_wrote_letter_by_letter(forge: FakeGitHub, client: httpx.Client) -> None:
    number = forge.people.open("ada", "Lamps <script>", {"lamps.txt": "x\n"}, body="& more")
    client.post(f"{REPO}/issues/{number}/comments", json={"body": "<b>Judged</b>"})
    page = httpx.get(f"{forge.url}/harbour/taxonomy/pull/{number}").text
    assert "&lt;b&gt;Judged&lt;/b&gt;" in page
    assert "Lamps &lt;script&gt;" in page
    assert f'href="/harbour/taxonomy/pull/{number}"' in httpx.get(f"{forge.url}/harbour/taxonomy").text


def test_what_is_malformed_is_refused_and_the_server_lives(forge: FakeGitHub, client: httpx.Client) -> None:
    number = forge.people.open("ada", "Lamps", {"lamps.txt": "x\n"})
    for body in (b"{", b"[]", b"\xff", b'"x"'):
        assert client.post(f"{REPO}/issues/{number}/comments", content=body).status_code == 400
    assert client.get(f"{REPO}/issues/x/comments").status_code == 404
    assert client.post(f"{REPO}/pulls/{number}", json={}).status_code == 404
    assert client.get("/repos/harbour/none").status_code == 404
    assert client.get(REPO).status_code == 200


def test_the_page_names_every_deed_and_every_trouble() -> None:
    page = (Path(__file__).parents[3] / "docs" / "fake-forge.md").read_text()
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    assert {name.strip(" `") for row in rows for name in row.split(",")} == set(DEEDS)
    assert not [kind for kind in KINDS if kind not in page]
