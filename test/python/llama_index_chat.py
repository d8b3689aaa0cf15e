"""What llama-index-llms-openai-like hands to its user, from every player."""

from answers import ARGUMENTS, CALLS, GIVES, IMAGE, PLACE, PNG, RESULT, SAYS, TEXT, WORDS, Place, get_weather
from llama_index.core.llms import ChatMessage, ImageBlock, TextBlock
from llama_index.core.prompts import PromptTemplate
from llama_index.core.tools import FunctionTool
from llama_index.llms.openai_like import OpenAILike
from openai import APIError
from runner import equal, raises, test


def register_llama_index(player):
    def model(**options):
        return OpenAILike(
            model="m",
            api_base=player.base_url,
            api_key=player.key,
            max_retries=0,
            is_chat_model=True,
            is_function_calling_model=True,
            **options,
        )

    def streaming(**options):
        return model(additional_kwargs={"stream_options": {"include_usage": True}}, **options)

    weather = FunctionTool.from_defaults(get_weather)
    ask = [ChatMessage(role="user", content="How cold is it?")]
    at = f"llama-index at {player.name}"

    def billed(response):
        """The usage that the user sees is that of the bill."""
        found = response.raw.usage
        equal((found.prompt_tokens, found.completion_tokens), (player.bill["inputTokens"], player.bill["outputTokens"]))
        equal(found.prompt_tokens_details.cached_tokens, player.bill["cachedInputTokens"])

    @test(f"{at} answers, with its usage")
    def _():
        player.play(SAYS)
        found = model().chat(ask)
        equal(found.message.content, TEXT)
        billed(found)
        player.expect_billed()

    @test(f"{at} streams its words, and its usage at the end")
    def _():
        player.play(SAYS, stream=True)
        told = list(streaming().stream_chat(ask))
        equal([each.delta for each in told if each.delta], WORDS)
        equal(told[-1].message.content, TEXT)
        billed(told[-1])
        player.expect_billed()

    @test(f"{at} streams to a coroutine")
    async def _():
        player.play(SAYS, stream=True)
        told = [each async for each in await streaming().astream_chat(ask)]
        equal(told[-1].message.content, TEXT)
        billed(told[-1])
        player.expect_billed()

    def calls_a_tool(chat, llm, stream):
        player.play(CALLS, SAYS, stream=stream)
        first = chat(ask)
        calls = llm.get_tool_calls_from_response(first)
        equal(
            [(call.tool_id, call.tool_name, call.tool_kwargs) for call in calls],
            [("call_1", "get_weather", ARGUMENTS)],
        )
        billed(first)
        result = ChatMessage(
            role="tool",
            content=str(weather(**calls[0].tool_kwargs)),
            additional_kwargs={"tool_call_id": calls[0].tool_id},
        )
        equal(chat([*ask, first.message, result]).message.content, TEXT)
        equal(("get_weather" in player.sent(0), RESULT in player.sent(1)), (True, True))
        player.expect_billed()

    @test(f"{at} calls a tool, takes its result and answers, whole")
    def _():
        llm = model()
        calls_a_tool(lambda history: llm.chat_with_tools([weather], chat_history=history), llm, stream=False)

    @test(f"{at} calls a tool, takes its result and answers, streamed")
    def _():
        llm = streaming()
        stream = lambda history: list(llm.stream_chat_with_tools([weather], chat_history=history))[-1]
        calls_a_tool(stream, llm, stream=True)

    @test(f"{at} sees a picture")
    def _():
        player.play(SAYS)
        picture = ChatMessage(role="user", blocks=[TextBlock(text="What is it?"), ImageBlock(url=IMAGE)])
        found = model().chat([picture])
        equal((found.message.content, PNG in player.sent()), (TEXT, True))
        billed(found)
        player.expect_billed()

    @test(f"{at} gives what a schema asks for")
    def _():
        player.play(GIVES)
        llm = model(should_use_structured_outputs=True)
        equal(llm.structured_predict(Place, PromptTemplate("Where?")), Place(**PLACE))
        equal('"days"' in player.sent(), True)
        player.expect_billed()

    @test(f"{at} streams what a schema asks for")
    def _():
        player.play(GIVES, stream=True)
        llm = streaming(should_use_structured_outputs=True)
        equal(list(llm.stream_structured_predict(Place, PromptTemplate("Where?")))[-1].model_dump(), PLACE)
        player.expect_billed()

    @test(f"{at} gives what a schema asks for as the arguments of a tool")
    def _():
        player.play({"calls": {"id": "call_2", "name": "Place", "arguments": PLACE}})
        equal(model().structured_predict(Place, PromptTemplate("Where?")), Place(**PLACE))
        player.expect_billed()

    @test(f"{at} raises where a stream breaks, after the words that came")
    def _():
        player.break_off(WORDS)
        told = []
        error = raises(APIError, lambda: [told.append(each.delta) for each in model().stream_chat(ask) if each.delta])
        equal((error.code, told), ("upstream_error", WORDS[:1]))
        player.expect_broken()
