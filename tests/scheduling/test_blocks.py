"""A day filled with blocks, whatever is laid over what."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from frontdesk.scheduling.blocks import Block, Kind, fill
from tests.scheduling.oracle import MINUTE
from tests.scheduling.test_ranges import EPOCH, span, spans

LAYERS = st.lists(st.builds(Block, spans(), st.sampled_from(Kind), st.integers(1, 5)), max_size=12)


@given(LAYERS)
def test_blocks_are_disjoint_and_cover_exactly_the_day(layers: list[Block]) -> None:
    blocks = fill(span(20, 180), layers)

    assert (blocks[0].range.start, blocks[-1].range.end) == span(20, 180)
    assert all(one.range.end == other.range.start for one, other in pairwise(blocks))


@given(LAYERS)
def test_each_minute_is_of_the_last_layer_that_has_it(layers: list[Block]) -> None:
    for block in fill(span(20, 180), layers):
        moment = block.range.start
        while moment < block.range.end:
            over = [one for one in layers if one.range.start <= moment < one.range.end]
            last = over[-1] if over else Block(span(20, 180), Kind.CLOSED)
            assert block._replace(range=last.range) == last
            moment += MINUTE


def test_a_day_without_anything_is_one_closed_block() -> None:
    assert fill(span(0, 10), []) == [Block(span(0, 10), Kind.CLOSED)]


def test_a_visit_parts_its_buffers_and_the_open_time() -> None:
    day = fill(
        span(0, 60),
        [Block(span(10, 50), Kind.OPEN), Block(span(20, 40), Kind.BUFFER), Block(span(25, 35), Kind.BOOKED)],
    )

    assert [(block.kind.value, (block.range.start - EPOCH) // MINUTE) for block in day] == [
        ("closed", 0),
        ("open", 10),
        ("buffer", 20),
        ("booked", 25),
        ("buffer", 35),
        ("open", 40),
        ("closed", 50),
    ]
