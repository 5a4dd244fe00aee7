"""Captions asked from a real server on this machine that is busy, fails, or tells nonsense on request."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from crosstalk.config.multimodal import Endpoint
from crosstalk.errors import CrosstalkError
from crosstalk.multimodal.answers import Answers
from crosstalk.multimodal.endpoint import Client
from crosstalk.multimodal.hypotheses import hypotheses
from crosstalk.multimodal.instructions import instructed
from crosstalk.multimodal.pictures import Pictures
from tests.chat_server import Server, serving

RED, BLUE = Image.new("RGB", (4, 4), (255, 0, 0)), Image.new("RGB", (4, 4), (0, 0, 255))


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as found:
        yield found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "answers" / "tiny.jsonl"


def ask(server: Server, file: Path, *instructions: str, **others: Any) -> list[str]:
    with Answers(file) as answers:
        return Client(server.endpoint(**others), answers).ask(instructions, [RED] * len(instructions))


def test_answers_are_one_line_each_and_in_order(server, file):
    texts = [f"word{n}" for n in range(12)]
    assert ask(server, file, *texts, parallel=4) == [f"{text} red" for text in texts]
    assert {body["model"] for body in server.asked} == {"tiny"}
    assert all(body["temperature"] == 0 and body["max_tokens"] == 256 for body in server.asked)


def test_what_has_been_answered_is_not_asked_again(server, file):
    first = ask(server, file, "one", "two")
    assert ask(server, file, "one", "two", "three") == [*first, "three red"]
    assert len(server.asked) == 3
    with Answers(file) as answers:
        Client(server.endpoint(), answers).ask(["one"], [BLUE])
    assert len(server.asked) == 4, "another image is another question"
    ask(server, file, "one", options={"temperature": 1})
    assert len(server.asked) == 5, "other options are another question"


def test_a_busy_server_is_asked_again(server, file):
    server.errors = [429, 503]
    assert ask(server, file, "one") == ["one red"]
    assert not server.errors


def test_a_server_that_stays_busy_is_given_up_with_what_it_said(server, file):
    ask(server, file, "one")
    server.errors = [500] * 3
    with pytest.raises(CrosstalkError, match=r"answers 500 Internal Server Error"):
        ask(server, file, "one", "two")
    assert ask(server, file, "one", "two") == ["one red", "two red"]
    assert len(server.asked) == 2


def test_a_refusal_is_not_repeated(server, file):
    server.errors = [401, 500]
    with pytest.raises(CrosstalkError, match="answers 401"):
        ask(server, file, "one")
    assert server.errors == [500]


def test_no_server_is_an_error_of_one_line(server, file):
    endpoint = Endpoint(url="http://127.0.0.1:9/v1", model="tiny", key="", retries=1)
    with Answers(file) as answers, pytest.raises(CrosstalkError, match="no answer after 1 retries") as error:
        Client(endpoint, answers).ask(["one"], [RED])
    assert "\n" not in str(error.value)


def test_the_key_comes_from_the_environment(server, file, monkeypatch):
    monkeypatch.delenv("TINY_KEY", raising=False)
    with pytest.raises(CrosstalkError, match="environment variable TINY_KEY is not set"):
        ask(server, file, "one", key="TINY_KEY")
    monkeypatch.setenv("TINY_KEY", "secret")
    ask(server, file, "one", key="TINY_KEY")
    assert server.keys == ["Bearer secret"]
    assert "secret" not in file.read_text(encoding="utf-8")


def test_costs_stop_at_the_ceiling_and_count_what_was_paid_before(server, file):
    prices = {"input_price": 1e4, "output_price": 1e5}  # 100 and 10 tokens: 2 an answer
    with pytest.raises(CrosstalkError, match=r"has cost 4\.0000.*ceiling of 5"):
        ask(server, file, "one", "two", "three", ceiling=5, **prices)
    assert len(server.asked) == 2
    with pytest.raises(CrosstalkError, match="ceiling"):
        ask(server, file, "one", "two", "three", ceiling=5.9, **prices)
    assert ask(server, file, "one", "two", "three", ceiling=6, **prices)[-1] == "three red"
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("reply", "message"),
    [(b"<html>", "not JSON"), (b"[]", "an answer without"), (b'{"choices": []}', "an answer without")],
)
def test_nonsense_is_an_error_of_one_line(server, file, reply, message):
    server.reply = reply
    with pytest.raises(CrosstalkError, match=message):
        ask(server, file, "one")


def test_an_answer_without_usage_cannot_be_paid(server, file):
    server.reply = b'{"choices": [{"message": {"content": "x"}}]}'
    assert ask(server, file, "one") == ["x"]
    with pytest.raises(CrosstalkError, match="prompt_tokens"):
        ask(server, file, "two", input_price=1.0)


def test_an_unfinished_line_is_asked_again_and_a_damaged_one_named(server, file):
    ask(server, file, "one", "two")
    whole = file.read_bytes()
    file.write_bytes(whole[:-5])
    assert ask(server, file, "one", "two") == ["one red", "two red"]
    assert file.read_bytes() == whole
    file.write_bytes(b"nonsense\n" + whole)
    with pytest.raises(CrosstalkError, match=r"tiny\.jsonl:1: not an answer"):
        ask(server, file, "one")


def test_captions_are_asked_with_each_kind_of_image(server, file, setting):
    with Answers(file) as answers:
        translate = instructed(
            Client(server.endpoint(parallel=4), answers).ask, Pictures(setting.images),
            "Into {language}: {source}", {"qaa_Latn": "Qaish"}, 1,
        )  # fmt: skip
        table = hypotheses(translate, setting, ["image", "shuffled", "blank"]).to_pandas()
    assert set(table["split"]) == {"test", "test.shuffled", "test.blank"}
    assert table.loc[table["split"] == "test.blank", "hypothesis"].str.endswith(" grey").all()
    asked = {body["messages"][0]["content"][0]["text"] for body in server.asked}
    assert {f"Into Qaish: {row.source}" for row in setting.captions["test"].examples["qaa_Latn"]} <= asked
    assert any(text.startswith("Into qab_Cyrl: ") for text in asked)
