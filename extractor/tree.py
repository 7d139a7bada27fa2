"""A document and those around it as a tree on the terminal, each with what says so."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from rich.console import Console, Group
from rich.text import Text
from rich.tree import Tree

from .display import number, official_date
from .drawing import does, in_force_from, named, titled, told
from .graph import Edge, Node
from .messages import say
from .relations import Relations
from .safe import line

SHOWN = 3  # passages of an edge


def print_relations(out: Console, relations: Relations) -> None:
    """The document with its facts, then what it does to others and what others do to it, by relation and date; farther
    documents stand under the nearer ones by which they are reached."""
    out.print(_Branches(relations).tree)
    if not relations.edges:
        out.print(Text(say("graph.nothing")))


def left_out(relations: Relations) -> str:
    """That there are more documents than are shown."""
    return say("graph.left_out", count=number(relations.left_out), most=number(len(relations.nodes)))


class _Branches:
    """What has been put into the tree: each edge stands in it once."""

    def __init__(self, relations: Relations) -> None:
        self.relations = relations
        self.nodes = {node.id: node for node in relations.nodes}
        self.names = {node.id: named(node) for node in (*relations.nodes, *relations.others)}
        self.ranks = {relation: at for at, relation in enumerate(dict.fromkeys(e.relation for e in relations.edges))}
        self.left = dict.fromkeys(relations.edges)
        self.tree = Tree(self._facts(self.nodes[relations.center]), guide_style="dim")
        waiting = [(self.tree, relations.center)]
        seen = {relations.center}
        while waiting:
            # Nearer documents first, so that each stands under one of those that are next to it.
            branch, document_id = waiting.pop(0)
            for other, leaf in self._grow(branch, document_id, seen):
                waiting.append((leaf, other))

    def _grow(self, branch: Tree, document_id: str, seen: set[str]) -> Iterator[tuple[str, Tree]]:
        """Put what a document does, and what is done to it, under its branch; gives those that stand there first."""
        for done in (False, True):

            def other(edge: Edge, done: bool = done) -> str:
                return edge.source if done else edge.target

            own = [edge for edge in self.left if document_id == (edge.target if done else edge.source)]
            own.sort(key=lambda edge: (self.ranks[edge.relation], self.nodes[other(edge)].day, self.names[other(edge)]))
            for relation, edges in groupby(own, key=lambda edge: edge.relation):
                group = branch.add(Text(does(relation, done=done), style="bold"))
                for edge in edges:
                    del self.left[edge]
                    node = self.nodes[other(edge)]
                    said = self._passages(edge)
                    if node.id in seen:
                        group.add(Group(self._again(node), *said))
                    else:
                        seen.add(node.id)
                        yield node.id, group.add(Group(self._facts(node), *said))

    def _facts(self, node: Node) -> Group:
        """What is known of a document: its name, title, issuer, when it is in force, its targets."""
        name = Text(self.names[node.id], style="bold" if node.id == self.relations.center else "")
        if not node.stored:
            name.append(f" {say('graph.cited')}", style="dim")
        more = [titled(node)]
        if node.id == self.relations.center:
            more.append(line(node.issuer or ""))
        more += [in_force_from(node), *self._targets(node)]
        return Group(name, *(Text(fact, style="dim") for fact in more if fact))

    def _targets(self, node: Node) -> Iterator[str]:
        held = self.relations.held.get(node.id)
        if held is None:
            return
        yield say("graph.targets", count=number(held.count), in_force=number(held.in_force))
        for ended in held.ended:
            by = self.names.get(ended.by or "", line(ended.by or ""))
            yield "  " + say("graph.ended", count=number(ended.count), by=by, day=official_date(ended.day))

    def _again(self, node: Node) -> Text:
        return Text.assemble(self.names[node.id], (f" {say('graph.again')}", "dim"))

    def _passages(self, edge: Edge) -> Iterator[Text]:
        said = list(dict.fromkeys(told(edge, self.names)))
        yield from (Text(each, style="italic dim") for each in said[:SHOWN])
        if len(said) > SHOWN:
            yield Text(say("graph.more", count=number(len(said) - SHOWN)), style="dim")
