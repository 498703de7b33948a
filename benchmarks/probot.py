"""Probot with an empty handler, installed from npm into a folder outside the checkout: the peer of the door."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

VERSION = "14.3.2"
SERVER = """
import { createServer } from "node:http";
import { generateKeyPairSync } from "node:crypto";
import { createNodeMiddleware, createProbot } from "probot";

const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});
const [port, secret] = process.argv.slice(2);
const probot = createProbot({ overrides: { appId: 1, privateKey, secret, logLevel: "error" } });
const app = (it) => { it.on("pull_request", async () => {}); };
const handle = await createNodeMiddleware(app, { probot, webhooksPath: "/webhooks/github" });
createServer((request, response) => handle(request, response, () => response.writeHead(404).end()))
  .listen(Number(port), "127.0.0.1");
"""


def installed(folder: Path | None = None) -> Path | str:
    """The folder that Probot lies in, installed where it does not yet; or a sentence that says why it can't be had."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "node and npm are needed for Probot"
    folder = folder or Path(tempfile.gettempdir()) / f"upweight-probot-{VERSION}"
    if not (folder / "node_modules" / "probot").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--no-audit", "--no-fund", "--silent", f"probot@{VERSION}"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            return (
                f"npm can't install Probot: {(done.stderr.strip().splitlines() or ['it said nothing'])[-1]}"
            )
    (folder / "server.mjs").write_text(SERVER)
    return folder


def command(folder: Path, port: int, secret: bytes) -> list[str]:
    """How it is started; it stands when it listens."""
    return ["node", str(folder / "server.mjs"), str(port), secret.decode()]
