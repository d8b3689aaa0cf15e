"""Embeddings, audio, pictures, moderations and completions, with both clients."""

import base64
import io
import json
import math
import struct
import wave

from openai import AsyncOpenAI, BadRequestError, NotFoundError, OpenAI
from runner import equal, raises, test
from steps import STREAM_HEAD, refusal

HEAR = "/v1/audio/transcriptions"
SECONDS = {"type": "duration", "seconds": 4}
TEXT = "Zürich is fine."
SOUND = bytes(range(256)) * 20


def recording(seconds=4):
    """Silence as a WAV, with a name."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(8000)
        writer.writeframes(b"\0\0" * 8000 * seconds)
    file.seek(0)
    return ("speech.wav", file, "audio/wav")


def answer(body):
    return [{"status": 200, "headers": {"content-type": "application/json"}}, {"text": json.dumps(body)}]


def events(*data):
    return [STREAM_HEAD, *({"chunk": f"data: {json.dumps(each)}"} for each in data), {"chunk": "data: [DONE]"}]


def register_media(gateway):
    client = OpenAI(base_url=gateway.base_url, api_key=gateway.key, max_retries=0)
    later = lambda: AsyncOpenAI(base_url=gateway.base_url, api_key=gateway.key, max_retries=0)

    @test("embeddings are whole, whether the vendor writes base64 or numbers")
    def _():
        vector = [0.5, -0.25, 0.125]
        written = base64.b64encode(struct.pack("<3f", *vector)).decode()
        for embedding in (vector, written):
            data = [{"object": "embedding", "index": 0, "embedding": embedding}]
            usage = {"prompt_tokens": 4, "total_tokens": 4}
            gateway.script("m", answer({"object": "list", "model": "e", "data": data, "usage": usage}))
            found = client.embeddings.create(model="m", input="x")
            equal(all(math.isclose(a, b) for a, b in zip(found.data[0].embedding, vector)), True)
            equal(len(found.data[0].embedding), 3)
            equal((found.usage.total_tokens, found.usage.cost_usd), (4, 0.00001))

    @test("a transcript has its text, its usage, and what it cost")
    def _():
        gateway.clear()
        gateway.script_at(HEAR, answer({"text": TEXT, "usage": SECONDS}))
        found = client.audio.transcriptions.create(model="m", file=recording(), language="de")
        equal((found.text, found.usage.seconds, found.usage.cost_usd), (TEXT, 4, 0.0004))
        record = gateway.records()[0]
        equal((record["endpoint"], record["costPicoUsd"], record["shape"]["audio"]), ("audio.transcriptions", "400000000", 1))

    @test("every format of a transcript is what the package makes of it")
    async def _():
        segments = [{"id": 0, "start": 0, "end": 4, "text": f" {TEXT}"}]
        body = {"text": TEXT, "language": "german", "duration": 4, "segments": segments, "usage": SECONDS}
        gateway.script_at(HEAR, answer(body))
        async with later() as asynchronous:
            create = asynchronous.audio.transcriptions.create
            verbose = await create(model="m", file=recording(), response_format="verbose_json")
            equal((verbose.text, verbose.duration, verbose.segments[0].end), (TEXT, 4, 4))
            equal(await create(model="m", file=recording(), response_format="text"), f"{TEXT}\n")
            srt = await create(model="m", file=recording(), response_format="srt")
            equal(srt, f"1\n00:00:00,000 --> 00:00:04,000\n{TEXT}\n\n")
            vtt = await create(model="m", file=recording(), response_format="vtt")
            equal(vtt, f"WEBVTT\n\n00:00:00.000 --> 00:00:04.000\n{TEXT}\n\n")

    @test("a transcript is streamed, the last event with its cost")
    def _():
        deltas = [{"type": "transcript.text.delta", "delta": part} for part in ("Zürich ", "is ", "fine.")]
        gateway.script_at(HEAR, events(*deltas, {"type": "transcript.text.done", "text": TEXT, "usage": SECONDS}))
        told = list(client.audio.transcriptions.create(model="m", file=recording(), stream=True))
        equal("".join(getattr(event, "delta", "") for event in told), TEXT)
        equal((told[-1].type, told[-1].usage.cost_usd), ("transcript.text.done", 0.0004))

    @test("a translation has its text, and a raw response the request id of its record")
    def _():
        gateway.clear()
        gateway.script_at("/v1/audio/translations", answer({"text": "Fine."}))
        raw = client.audio.translations.with_raw_response.create(model="m", file=recording())
        equal(raw.parse().text, "Fine.")
        record = gateway.records()[0]
        equal(raw.headers["x-request-id"], record["requestId"])
        equal((raw.headers["x-callmissed-cost-usd"], record["usageSource"]), ("0.0004", "estimated"))

    @test("speech is its bytes, as they are, whole and streamed")
    def _():
        head = {"status": 200, "headers": {"content-type": "audio/mpeg"}}
        gateway.script("m", [head, {"base64": base64.b64encode(SOUND).decode()}])
        spoken = client.audio.speech.create(model="m", input="Hi 😀", voice="alloy")
        equal(spoken.content, SOUND)
        equal(spoken.response.headers["x-callmissed-cost-usd"], "0.00006")
        with client.audio.speech.with_streaming_response.create(model="m", input="Hi", voice="alloy") as streamed:
            equal(b"".join(streamed.iter_bytes()), SOUND)

    @test("pictures and moderations have their answers")
    def _():
        gateway.script("m", answer({"created": 1, "data": [{"b64_json": "AAAA"}]}))
        pictures = client.images.with_raw_response.generate(model="m", prompt="x")
        equal(pictures.parse().data[0].b64_json, "AAAA")
        gateway.script("m", answer({"id": "modr-1", "model": "omni", "results": []}))
        equal(client.moderations.create(model="m", input=["a", "b"]).results, [])

    @test("a completion has its text, whole and streamed")
    def _():
        head = {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "i"}
        choice = {"text": " upon", "index": 0, "logprobs": None, "finish_reason": "stop"}
        usage = {"prompt_tokens": 4, "completion_tokens": 1, "total_tokens": 5}
        gateway.script(
            "m",
            answer({**head, "choices": [choice], "usage": usage}),
            events({**head, "choices": [choice]}, {**head, "choices": [], "usage": usage}),
        )
        whole = client.completions.create(model="m", prompt="Once")
        equal((whole.choices[0].text, whole.usage.cost_usd), (" upon", 0.00002))
        asked = client.completions.create(
            model="m", prompt="Once", stream=True, stream_options={"include_usage": True}
        )
        told = list(asked)
        equal((told[0].choices[0].text, told[-1].usage.total_tokens), (" upon", 5))

    @test("bad input is an error of the class that the package has for it")
    def _():
        equal(raises(BadRequestError, lambda: client.embeddings.create(model="m", input=[])).param, "input")
        transcribe = client.audio.transcriptions.create
        raises(NotFoundError, lambda: transcribe(model="none", file=recording()))
        gateway.script_at(HEAR, refusal(400, message="Unrecognized file format."))
        refused = raises(BadRequestError, lambda: transcribe(model="m", file=recording()))
        equal("Unrecognized file format." in str(refused), True)
