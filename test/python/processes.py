"""The two gateways that the tests talk to, each a process of its own that ends with this one."""

import json
import os
import re
import subprocess
import tempfile
import threading
import time
import urllib.parse
import urllib.request


class Scripted:
    """The gateway of the tests in front of the scriptable vendor."""

    def __init__(self):
        self._process = subprocess.Popen(
            ["bun", "test/gateway/serve.ts"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        started = json.loads(self._process.stdout.readline())
        self.base_url = started["url"] + "/v1"
        self.key = started["key"]
        self._control = started["control"]

    def script(self, model, *scripts):
        """Answers the calls of that model by these lists of steps, the last one all the rest."""
        self._ask("PUT", "/script", {"name": f"{model}-2026-01"}, scripts)

    def script_at(self, path, *scripts):
        """The same for calls of a path, where the model stands in a form."""
        self._ask("PUT", "/script", {"name": path}, scripts)

    def calls(self, model):
        """The requests for that model that the vendor has had."""
        return self._ask("GET", "/calls", {"name": f"{model}-2026-01"})

    def asked(self, model="m"):
        """The body of the latest one."""
        return json.loads(self.calls(model)[-1]["body"])

    def wait_until_left(self, model="m"):
        """The latest call, once the gateway has closed the connection on which it was open."""
        return self._ask("GET", "/ended", {"id": self.calls(model)[-1]["id"]})

    def records(self, count=1):
        """All records, once there are so many; what a caller who left has used is counted after it left."""
        late = time.monotonic() + 5
        while len(found := self._ask("GET", "/records")) < count and time.monotonic() < late:
            time.sleep(0.01)
        return found

    def logs(self):
        return self._ask("GET", "/logs")

    def clear(self):
        self._ask("POST", "/clear")

    def stop(self):
        self._process.stdin.close()
        return self._process.wait(timeout=10)

    def _ask(self, method, path, query=None, body=None):
        url = f"{self._control}{path}?{urllib.parse.urlencode(query or {})}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data=data, method=method)
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)


class Started:
    """The gateway as a user starts it with nothing configured: embedded database, demo vendor, first key."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="callmissed-python-")
        root = os.getcwd()
        environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        environment.update(PORT="0", DATA_DIR=os.path.join(self._folder.name, "data"))
        self._process = subprocess.Popen(
            ["bun", os.path.join(root, "src", "start.ts")],
            cwd=self._folder.name,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        late = threading.Timer(20, self._process.kill)
        late.start()
        said = ""
        while not (url := re.search(r"serves at (http:\S+)\n", said)) or not re.search(r"^  curl -N", said, re.M):
            line = self._process.stdout.readline()
            if not line:
                raise RuntimeError(f"the gateway did not start: {said}")
            said += line
        late.cancel()
        self.base_url = url.group(1) + "/v1"
        self.key = re.search(r"^  Key {4}(\S+)$", said, re.M).group(1)

    def stop(self):
        """Asks it to stop; it must end well."""
        self._process.terminate()
        code = self._process.wait(timeout=10)
        self._folder.cleanup()
        return code
