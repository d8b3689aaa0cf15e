"""Everything that the frameworks from PyPI must be able to do with the gateway, whatever dialect the vendor speaks."""

import signal
import sys
import traceback

import runner
from langchain_chat import register_langchain
from llama_index_chat import register_llama_index
from players import Players


def main():
    # A run that is stopped from outside must not leave the gateways behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    passed, failed = 0, 0
    players = Players()
    try:
        for player in players.all:
            register_langchain(player)
            register_llama_index(player)
        passed, failed = runner.run()
    except Exception:
        failed += 1
        traceback.print_exc()
    finally:
        if players.stop() != 0:
            failed += 1
            print("(fail) the players end with 0")
        print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
