"""What the scripted vendor is told to do: the same steps as the vendor of the other tests takes."""

import json

USAGE = {
    "prompt_tokens": 12,
    "completion_tokens": 5,
    "total_tokens": 17,
    "prompt_tokens_details": {"cached_tokens": 4, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 2, "audio_tokens": 0},
}
# 8 × 2.5 + 4 × 0.25 + 5 × 10 micro-dollars.
COST = 0.000071
HEAD = {"id": "chatcmpl-1", "created": 1780000000, "model": "m-2026-01"}
STREAM_HEAD = {"status": 200, "headers": {"content-type": "text/event-stream"}}


def answer(message, finish="stop"):
    """A whole answer."""
    choice = {"index": 0, "message": {"role": "assistant", **message}, "logprobs": None, "finish_reason": finish}
    body = {**HEAD, "object": "chat.completion", "choices": [choice], "usage": USAGE}
    return [{"status": 200, "headers": {"content-type": "application/json"}}, {"text": json.dumps(body)}]


def chunk(delta, finish=None):
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    body = {**HEAD, "object": "chat.completion.chunk", "choices": [choice], "usage": None}
    return {"chunk": f"data: {json.dumps(body)}"}


def stream(*deltas, finish="stop", pause_ms=0):
    """A whole stream of these deltas, with a pause before each."""
    paced = [step for delta in deltas for step in ({"wait": pause_ms}, chunk(delta))]
    usage = {**HEAD, "object": "chat.completion.chunk", "choices": [], "usage": USAGE}
    start = [STREAM_HEAD, chunk({"role": "assistant", "content": ""})]
    return [*start, *paced, chunk({}, finish), {"chunk": f"data: {json.dumps(usage)}"}, {"chunk": "data: [DONE]"}]


def refusal(status, headers=None, **error):
    """An error answer in OpenAI's envelope."""
    body = {"error": {"message": "As scripted.", "type": "x", "param": None, "code": None, **error}}
    return [
        {"status": status, "headers": {"content-type": "application/json", **(headers or {})}},
        {"text": json.dumps(body)},
    ]
