from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from l4numa_tui.errors import UserError
from l4numa_tui.topology.hwloc import MAX_DEPTH, read_hwloc
from l4numa_tui.topology.named import named_machine
from tests.topology.samples import facts, hwloc_text, sample

LSTOPO = sample("hwloc-4n2c-distances.xml")
MACHINE = named_machine("kunpeng920-4n")
TEXT = hwloc_text(MACHINE, [2, 0, 3, 1])


def test_real_lstopo_output_with_shuffled_chunked_distances_and_a_bandwidth_matrix() -> None:
    machine = read_hwloc(LSTOPO, "four.xml")
    assert [node.os_id for node in machine.nodes] == [0, 1, 2, 3]
    assert [node.cpus for node in machine.nodes] == [(0, 1), (2, 3), (4, 5), (6, 7)]
    assert {node.memory_kib for node in machine.nodes} == {1 << 20}
    # The file lists nodes 0 2 1 3: 10 16 17 22 / 16 10 22 18 / 17 22 10 16 / 22 18 16 10.
    assert machine.slit == ((10, 17, 16, 22), (17, 10, 22, 16), (16, 22, 10, 18), (22, 16, 18, 10))
    assert machine.latency_ns == ()


def test_a_memory_only_node_leaves_its_cpus_to_the_first_node_of_the_package() -> None:
    machine = read_hwloc(sample("hwloc-two-memories-a-package.xml"), "mo.xml")
    assert [node.cpus for node in machine.nodes] == [(0, 1), (), (2, 3), ()]
    assert [node.memory_kib >> 20 for node in machine.nodes] == [16, 4, 16, 4]
    assert "several nodes" in machine.note
    assert "20, is assumed" in machine.note


@given(st.permutations(range(8)), st.integers(1, 64))
@settings(deadline=None, max_examples=30)
def test_any_order_and_any_chunks_give_the_same_machine(order: list[int], chunk: int) -> None:
    machine = named_machine("power7-8n")
    text = hwloc_text(machine, order, chunk=chunk)
    assert facts(read_hwloc(text, "p7.xml")) == facts(machine)


def test_version_3_reads_alike_and_others_are_refused() -> None:
    assert facts(read_hwloc(hwloc_text(MACHINE, [0, 1, 2, 3], version="3.0"), "x")) == facts(
        MACHINE
    )
    with pytest.raises(UserError, match=r"x:3: XML of hwloc version 4\.0, expected version 2 or 3"):
        read_hwloc(hwloc_text(MACHINE, [0], version="4.0"), "x")


def test_version_1_is_refused_with_advice() -> None:
    with pytest.raises(UserError, match=r"hwloc version 1, expected .* lstopo of hwloc 2\.0"):
        read_hwloc(sample("hwloc-v1.xml"), "x.xml")


@pytest.mark.parametrize(
    "change",
    [
        ('type="NUMANode" nbobjs', 'type="PU" nbobjs'),
        ('kind="5"', 'kind="9"'),  # a bandwidth
        ("distances2", "distances2hetero"),
        ('indexing="os"', 'indexing="gp"'),
    ],
)
def test_other_matrices_are_skipped(change: tuple[str, str]) -> None:
    machine = read_hwloc(TEXT.replace(*change), "x")
    assert machine.slit[0] == (10, 20, 20, 20)
    assert "not all nodes have distances" in machine.note


def test_the_slit_wins_over_another_latency_matrix_before_it() -> None:
    start, end = TEXT.index("  <distances2"), TEXT.index("</topology>")
    other = TEXT[start:end].replace("NUMALatency", "Mine").replace(" 16 ", " 200 ")
    assert "200" in other
    machine = read_hwloc(TEXT[:start] + other + TEXT[start:], "x")
    assert machine.slit == MACHINE.slit


def test_nodes_outside_the_matrix_get_linux_default() -> None:
    extra = '<object type="NUMANode" os_index="9" cpuset="0x0" local_memory="4096"/>'
    machine = read_hwloc(TEXT.replace("  </object>", extra + "  </object>"), "x")
    assert machine.slit[4] == (20, 20, 20, 20, 10)
    assert machine.slit[0][:4] == MACHINE.slit[0]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"NUMANode" os_index="2"', '"NUMANode" os_index="two"', "os_index is `two`"),
        ('"NUMANode" os_index="2"', '"NUMANode"', "x:5: os_index is ``"),
        ('"NUMANode" os_index="2"', '"NUMANode" os_index="0"', "name a node twice or one that"),
        ("local_memory=", "local_memory='-1' x=", "local_memory is `-1`"),
        ('cpuset="0xffffffff,,0x0"', 'cpuset="0xf...f"', "is not a 32-bit hex word"),
        (">2 0 3 1 <", ">2 0 3 7 <", "one that is not there"),
        (">2 0 3 1 <", ">2 0 3 0 <", "name a node twice"),
        (">2 0 3 1 <", ">2 0 3 x <", "`x` among the distances"),
        (">2 0 3 1 <", "><", "16 distances for 0 nodes"),
        (">10 32 16", ">10 16", "x:10: 15 distances for 4 nodes, expected 16"),
        (">10 32", ">10 -32", "`-32` among the distances"),
        (">10 32", ">11 32", "to itself is 11"),
        (">10 32", ">10 99999999999999999999", "is 99999999999999999999, expected 10 to 255"),
        ('kind="5"', 'kind="five"', "kind is `five`"),
        ('type="NUMANode"', 'type="Nothing"', "no object of type NUMANode"),
        ("<topology", "<diff", "x:3: the XML is a <diff>"),
        ("</topology>", "", "not well-formed XML"),
        ("</topology>", "</topology><a/>", "not well-formed XML: junk after"),
    ],
)
def test_broken_xml_is_refused_with_its_line(old: str, new: str, message: str) -> None:
    assert old in TEXT
    with pytest.raises(UserError, match=message) as caught:
        read_hwloc(TEXT.replace(old, new), "x")
    assert str(caught.value).startswith("x:")


BOMB = """<?xml version="1.0"?>
<!DOCTYPE topology [
<!ENTITY a "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
]>
<topology version="2.0"><info name="&c;" value="1"/></topology>
"""


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        BOMB.replace("[\n", 'SYSTEM "hwloc2.dtd" [\n'),
        '<!DOCTYPE topology [<!ENTITY x SYSTEM "file:///etc/hostname">]><topology>&x;</topology>',
        '<!DOCTYPE topology [<!ATTLIST object type CDATA "NUMANode">]><topology/>',
        "<!DOCTYPE topology []><topology/>",
    ],
)
def test_a_document_type_with_declarations_is_refused_before_they_are_read(text: str) -> None:
    with pytest.raises(UserError, match="declares things of its own"):
        read_hwloc(text, "x")


def test_lstopos_own_document_type_fetches_nothing() -> None:
    text = TEXT.replace('"hwloc2.dtd"', '"/nonexistent/hwloc2.dtd"')
    assert facts(read_hwloc(text, "x")) == facts(MACHINE)


def test_depth_is_limited() -> None:
    deep = '<topology version="2.0">' + '<object type="Group">' * (MAX_DEPTH - 1)
    with pytest.raises(UserError, match="not well-formed"):
        read_hwloc(deep, "x")
    with pytest.raises(UserError, match="nest too deep, expected at most 100"):
        read_hwloc(deep + "<object>", "x")


def test_the_declared_encoding_of_text_that_is_already_decoded_does_not_matter() -> None:
    text = TEXT.replace('encoding="UTF-8"', 'encoding="UTF-16"')
    assert facts(read_hwloc(text, "x")) == facts(MACHINE)


def test_too_many_nodes_are_refused() -> None:
    nodes = "".join(f'<object type="NUMANode" os_index="{i}"/>' for i in range(65))
    with pytest.raises(UserError, match="65 nodes, expected at most 64"):
        read_hwloc(f'<topology version="2.0">{nodes}</topology>', "x")


def test_the_description_says_what_the_firmware_calls_the_machine() -> None:
    info = '<info name="DMIProductName" value="X &amp; Y&#x9;Z"/>'
    text = TEXT.replace("  </object>", info + "</object>", 1)
    assert read_hwloc(text, "x").description == "X & Y Z"
