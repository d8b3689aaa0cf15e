"""Everything that the openai package from PyPI must be able to do with the gateway."""

import signal
import sys
import traceback

import runner
from chat import register_chat
from demo import register_demo
from errors import register_errors
from leaving import register_leaving
from media import register_media
from processes import Scripted, Started


def main():
    # A run that is stopped from outside must not leave the gateways behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    passed, failed = 0, 0
    gateways = []
    try:
        gateways.append(scripted := Scripted())
        gateways.append(started := Started())
        for register in (register_chat, register_errors, register_leaving, register_media):
            register(scripted)
        register_demo(started)
        passed, failed = runner.run()
    except Exception:
        failed += 1
        traceback.print_exc()
    finally:
        for gateway in gateways:
            if gateway.stop() != 0:
                failed += 1
                print(f"(fail) {type(gateway).__name__} ends with 0")
        print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
