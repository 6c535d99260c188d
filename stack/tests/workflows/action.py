"""Runs the steps of action.yml as a runner of GitHub's does for another repository."""

import pathlib
import shutil
import subprocess

import yaml
from runner import Expression, shown


class Action:
    """The action of a checkout. `environment` is the runner's."""

    def __init__(self, source, folder, environment):
        self.source, self.folder, self.environment = pathlib.Path(source), pathlib.Path(folder), environment

    def run(self, repository, inputs, code=0):
        """What each step said, by its name; one that ends with another code than 0 is the last, and must end with `code`."""
        described = yaml.load((self.source / "action.yml").read_text(), yaml.BaseLoader)
        assert set(inputs) <= set(described["inputs"]), f"{inputs} are not inputs of the action"
        given = {key: inputs.get(key, it["default"]) for key, it in described["inputs"].items()}
        github = {"action_path": str(self.source), "action_repository": repository, "repository": "other/one", "token": "t"}
        names = {"inputs": given, "github": github}
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        path = self.folder / "path"
        path.touch()
        said, last = {}, 0
        for step in described["runs"]["steps"]:
            if "if" in step and not Expression(step["if"], names, None).value():
                continue
            own = {key: self.filled(it, names) for key, it in step.get("env", {}).items()}
            added = ":".join([*reversed(path.read_text().splitlines()), self.environment["PATH"]])
            runner = {"RUNNER_TEMP": str(self.folder), "GITHUB_PATH": str(path), "PATH": added}
            done = subprocess.run(
                ["bash", "-e", "-c", step["run"]], cwd=self.folder, text=True, capture_output=True,
                env={**self.environment, **runner, **own},
            )  # fmt: skip
            said[step["name"]], last = done.stdout + done.stderr, done.returncode
            if last != 0:
                break
        assert last == code, f"{last}, not {code}: {said}"
        return said

    def filled(self, text, names):
        whole = text.strip()
        if whole.startswith("${{") and whole.endswith("}}") and whole.count("${{") == 1:
            return shown(Expression(whole[3:-2], names, None).value())
        assert "${{" not in text, f"not understood: {text}"
        return text
