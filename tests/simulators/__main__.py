"""Every platform on this machine, and the site beside them: `make demo-sources`.

Nothing of it stays: data, files and mails are in a temporary folder that goes with Ctrl-C.
`PORT=8001 make demo-sources` takes another port.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.request import urlopen

from config.supervisor import ROOT
from tests.simulators.base import Simulator, sites
from tests.simulators.provider import Provider
from tests.simulators.stories import ADA, PLATFORMS, STORIES

PASSWORD = "six evenings of knots"  # printed below, for a site that nobody else reaches
MAKE_ADA = f"""
from allauth.account.models import EmailAddress
from accounts.models import User
if not User.objects.filter(email="{ADA}").exists():
    user = User.objects.create_user("{ADA}", "{PASSWORD}")
    EmailAddress.objects.create(user=user, email="{ADA}", verified=True, primary=True)
"""


def say(line: str = "") -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def environment(folder: Path, running: list[Simulator]) -> dict[str, str]:
    """What the site knows: the simulators, a folder of its own, and no demo."""
    port = os.environ.get("PORT", "8000")
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "PORT": port,
        "VAR_DIR": str(folder / "var"),
        "DEBUG": "1",  # without it no site reaches a private address
        "DEMO": "0",
        **sites(*running),
    }


def guide(folder: Path, running: dict[type[Simulator], Simulator], provider: Provider) -> str:
    """What to paste and what to drop, one line for each story."""
    lines = [f"  E-mail    {ADA}", f"  Password  {PASSWORD}", "", "Paste into Import:", ""]
    for story in STORIES:
        if story.platform is not None:
            link = story.link(running[story.platform])
            lines += [f"  {story.name}", f"      {link}"]
    lines += ["", "Or drop these files:", ""]
    for story in STORIES:
        for name, data in story.files().items():
            path = folder / "files" / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
            lines += [f"  {story.name}", f"      {path}"]
    lines += ["", "Or connect an account, under Sources:", "", f"      {provider.origin}"]
    return "\n".join(lines)


def prepare(env: dict[str, str]) -> None:
    for words in (["-m", "config.prepare"], ["manage.py", "shell", "-v", "0", "-c", MAKE_ADA]):
        subprocess.run([sys.executable, *words], cwd=ROOT, env=env, check=True)


def serve(env: dict[str, str], words: str) -> int:
    """The site under its supervisor, until somebody has had enough."""
    command = [sys.executable, "-m", "config.supervisor"]
    site = subprocess.Popen(command, cwd=ROOT, env=env, start_new_session=True)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: site.send_signal(signal.SIGTERM))
    threading.Thread(target=say_last, args=(site, env["PORT"], words), daemon=True).start()
    return site.wait()


def say_last(site: "subprocess.Popen[bytes]", port: str, words: str) -> None:
    """Below what the supervisor says while it starts, where people look."""
    while site.poll() is None:
        with contextlib.suppress(OSError), urlopen(f"http://localhost:{port}/healthz"):
            time.sleep(1)
            say(f"\n{words}\n\nCtrl-C stops all of it.\n")
            return
        time.sleep(0.5)


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="laurel_sources_"))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        running = {kind: stack.enter_context(kind()) for kind in PLATFORMS}
        provider = stack.enter_context(Provider(local=True))
        env = environment(folder, [*running.values(), provider])
        prepare(env)
        serve(env, guide(folder, running, provider))


if __name__ == "__main__":
    main()
