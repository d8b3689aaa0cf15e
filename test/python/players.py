"""The vendors that each answer in a dialect of their own, behind a gateway each, as one process that ends with this one."""

import json
import subprocess
import time
import urllib.parse
import urllib.request

from runner import equal

FIGURES = ("inputTokens", "cachedInputTokens", "outputTokens", "reasoningTokens")


class Player:
    """One of them: its gateway's address and key, and what it bills for every answer."""

    def __init__(self, players, name, url, key, bill):
        self._players = players
        self.name = name
        self.base_url = url + "/v1"
        self.key = key
        self.bill = bill

    def play(self, *answers, stream=False):
        """Answers the next calls so, one after another, and forgets what was before."""
        query = {"player": self.name, "stream": "yes" if stream else "no"}
        self._players.ask("PUT", "/play", query, answers)

    def break_off(self, words):
        """Answers by a stream of these words whose connection is lost after the first of them."""
        self._players.ask("PUT", "/break", {"player": self.name}, words)

    def sent(self, at=0):
        """The body of that request to the vendor."""
        return self._players.ask("GET", "/calls")[at]

    def expect_billed(self):
        """The records are what the vendor billed, call by call."""
        lines = self._players.ask("GET", "/bill")
        equal(bool(lines), True)
        for line in lines:
            equal([line[figure] for figure in FIGURES], [self.bill[figure] for figure in FIGURES])
        for record in self._records(len(lines)):
            equal((record["outcome"], record["usageSource"]), ("ok", "vendor"))
            equal([record["usage"][figure] for figure in FIGURES], [self.bill[figure] for figure in FIGURES])

    def expect_broken(self):
        """The one record is that of an error."""
        equal([record["errorCode"] for record in self._records(1)], ["upstream_error"])

    def _records(self, count):
        late = time.monotonic() + 5
        while len(found := self._players.ask("GET", "/records", {"player": self.name})) < count:
            if time.monotonic() > late:
                break
            time.sleep(0.01)
        equal(len(found), count)
        return found


class Players:
    def __init__(self):
        self._process = subprocess.Popen(
            ["bun", "test/players/serve.ts"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        started = json.loads(self._process.stdout.readline())
        self._control = started["control"]
        self.all = [Player(self, name, **facts) for name, facts in started["players"].items()]

    def stop(self):
        self._process.stdin.close()
        return self._process.wait(timeout=10)

    def ask(self, method, path, query=None, body=None):
        url = f"{self._control}{path}?{urllib.parse.urlencode(query or {})}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data=data, method=method)
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)
