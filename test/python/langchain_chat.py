"""What langchain-openai hands to its user, from every player."""

from answers import ARGUMENTS, CALLS, GIVES, IMAGE, PLACE, PNG, RESULT, SAYS, TEXT, WORDS, Place, get_weather
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from openai import APIError
from runner import equal, raises, test


def register_langchain(player):
    def model():
        return ChatOpenAI(
            model="m", base_url=player.base_url, api_key=player.key, max_retries=0, stream_usage=True
        )

    weather = tool(get_weather)
    at = f"langchain-openai at {player.name}"

    def billed(message):
        """The usage that the user sees is that of the bill."""
        found = message.usage_metadata
        equal((found["input_tokens"], found["output_tokens"]), (player.bill["inputTokens"], player.bill["outputTokens"]))
        equal(found["input_token_details"]["cache_read"], player.bill["cachedInputTokens"])

    @test(f"{at} answers, with its usage")
    def _():
        player.play(SAYS)
        found = model().invoke("Hi")
        equal((found.content, found.response_metadata["finish_reason"]), (TEXT, "stop"))
        billed(found)
        player.expect_billed()

    @test(f"{at} streams its words, and its usage at the end")
    def _():
        player.play(SAYS, stream=True)
        chunks = list(model().stream("Hi"))
        equal([chunk.content for chunk in chunks if chunk.content], WORDS)
        billed(joined(chunks))
        player.expect_billed()

    @test(f"{at} streams to a coroutine")
    async def _():
        player.play(SAYS, stream=True)
        chunks = [chunk async for chunk in model().astream("Hi")]
        equal(joined(chunks).content, TEXT)
        billed(joined(chunks))
        player.expect_billed()

    def calls_a_tool(ask, stream):
        player.play(CALLS, SAYS, stream=stream)
        question = HumanMessage("How cold is it?")
        first = ask([question])
        equal(first.response_metadata["finish_reason"], "tool_calls")
        equal(
            [(call["id"], call["name"], call["args"]) for call in first.tool_calls],
            [("call_1", "get_weather", ARGUMENTS)],
        )
        billed(first)
        second = ask([question, first, weather.invoke(first.tool_calls[0])])
        equal(second.content, TEXT)
        equal(("get_weather" in player.sent(0), RESULT in player.sent(1)), (True, True))
        player.expect_billed()

    @test(f"{at} calls a tool, takes its result and answers, whole")
    def _():
        calls_a_tool(model().bind_tools([weather]).invoke, stream=False)

    @test(f"{at} calls a tool, takes its result and answers, streamed")
    def _():
        able = model().bind_tools([weather])
        calls_a_tool(lambda history: joined(list(able.stream(history))), stream=True)

    @test(f"{at} sees a picture")
    def _():
        player.play(SAYS)
        picture = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": IMAGE}}]
        found = model().invoke([HumanMessage(picture)])
        equal((found.content, PNG in player.sent()), (TEXT, True))
        billed(found)
        player.expect_billed()

    @test(f"{at} gives what a schema asks for")
    def _():
        player.play(GIVES)
        found = model().with_structured_output(Place, method="json_schema", include_raw=True).invoke("Where?")
        equal((found["parsed"], '"days"' in player.sent()), (Place(**PLACE), True))
        billed(found["raw"])
        player.expect_billed()

    @test(f"{at} streams what a schema asks for")
    def _():
        player.play(GIVES, stream=True)
        found = list(model().with_structured_output(Place, method="json_schema").stream("Where?"))
        equal(found[-1], Place(**PLACE))
        player.expect_billed()

    @test(f"{at} gives what a schema asks for as the arguments of a tool")
    def _():
        player.play({"calls": {"id": "call_2", "name": "Place", "arguments": PLACE}})
        equal(model().with_structured_output(Place, method="function_calling").invoke("Where?"), Place(**PLACE))
        player.expect_billed()

    @test(f"{at} raises where a stream breaks, after the words that came")
    def _():
        player.break_off(WORDS)
        told = []
        error = raises(APIError, lambda: [told.append(chunk.content) for chunk in model().stream("Hi") if chunk.content])
        equal((error.code, told), ("upstream_error", WORDS[:1]))
        player.expect_broken()


def joined(chunks):
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole = whole + chunk
    return whole
