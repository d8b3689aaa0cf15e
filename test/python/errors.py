"""Every error class, with the tries counted at the vendor."""

import asyncio

import openai
from openai import AsyncOpenAI, OpenAI
from runner import equal, raises, test
from steps import refusal

ASK = {"messages": [{"role": "user", "content": "Hi"}]}

# What the vendor says, what the SDK raises, its code, and how often a client that retries twice asks.
VENDOR = [
    (refusal(400, code="invalid_value", param="seed"), openai.BadRequestError, "invalid_value", 1),
    (refusal(400, code="context_length_exceeded"), openai.BadRequestError, "context_length_exceeded", 1),
    (refusal(401), openai.InternalServerError, "upstream_auth_error", 3),
    (refusal(403, code="content_filter"), openai.PermissionDeniedError, "content_filter", 1),
    (refusal(404), openai.InternalServerError, "upstream_model_not_found", 1),
    (refusal(409, code="conflict"), openai.ConflictError, "conflict", 1),
    (refusal(422, code="unprocessable"), openai.UnprocessableEntityError, "unprocessable", 1),
    (refusal(429, {"retry-after-ms": "20"}), openai.RateLimitError, "upstream_rate_limited", 3),
    (refusal(500), openai.InternalServerError, "upstream_error", 3),
    (refusal(503, {"retry-after-ms": "20"}), openai.InternalServerError, "upstream_unavailable", 3),
]


def register_errors(gateway):
    client = OpenAI(base_url=gateway.base_url, api_key=gateway.key, max_retries=2)
    complete = client.chat.completions

    @test("each of a vendor's errors is its class, and tried again only where that may help")
    async def _():
        gateway.clear()
        async with AsyncOpenAI(base_url=gateway.base_url, api_key=gateway.key, max_retries=2) as asynchronous:

            async def ask(index, stream):
                model = f"e{index * 2 + stream}"
                steps, kind, code, tries = VENDOR[index]
                gateway.script(model, steps)
                try:
                    await asynchronous.chat.completions.create(model=model, stream=bool(stream), **ASK)
                except openai.APIStatusError as error:
                    equal((type(error), error.code), (kind, code))
                    equal(error.request_id is not None and len(error.request_id), 36)
                    equal(len(gateway.calls(model)), tries)
                else:
                    raise AssertionError(f"expected {kind.__name__}")

            await asyncio.gather(*(ask(index, stream) for index in range(len(VENDOR)) for stream in (0, 1)))

    @test("a vendor's refusal keeps its text, its type and its param")
    def _():
        gateway.script("m", refusal(400, message="No.", type="invalid_request_error", param="seed", code="c"))
        error = raises(openai.BadRequestError, lambda: complete.create(model="m", **ASK))
        equal(error.body, {"message": "No.", "type": "invalid_request_error", "param": "seed", "code": "c"})

    @test("a wrong key is AuthenticationError")
    def _():
        wrong = client.with_options(api_key="sk-wrong")
        for ask in (lambda: wrong.chat.completions.create(model="m", **ASK), lambda: wrong.models.list()):
            error = raises(openai.AuthenticationError, ask)
            equal((error.status_code, error.code, error.param), (401, "invalid_api_key", None))

    @test("the admin key is PermissionDeniedError")
    def _():
        admin = client.with_options(api_key="cm_adm_for_tests_only")
        error = raises(openai.PermissionDeniedError, lambda: admin.chat.completions.create(model="m", **ASK))
        equal(error.code, "scope_not_allowed")

    @test("an unknown model and an unknown route are NotFoundError")
    def _():
        error = raises(openai.NotFoundError, lambda: complete.create(model="none", **ASK))
        equal(error.code, "model_not_found")
        error = raises(openai.NotFoundError, lambda: client.files.list())
        equal(error.code, "unknown_url")

    @test("what the gateway itself refuses is BadRequestError that names the parameter, and reaches no vendor")
    def _():
        gateway.clear()
        for more, code, param in (
            ({"n": "two"}, "invalid_type", "n"),
            ({"n": 1000}, "integer_above_max_value", "n"),
            ({"max_tokens": 0}, "integer_below_min_value", "max_tokens"),
            ({"extra_body": {"api_base": "http://x"}}, "unknown_parameter", "api_base"),
        ):
            error = raises(openai.BadRequestError, lambda: complete.create(model="m", **ASK, **more))
            equal((error.code, error.param), (code, param))
        error = raises(openai.BadRequestError, lambda: complete.create(model="m", messages=[]))
        equal((error.code, error.param), ("empty_array", "messages"))
        equal(gateway.calls("m"), [])
