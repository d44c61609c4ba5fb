"""The tests' own dataset: a ship's crew and its log."""

from snap.dataset import Dataset, Table, count_of, during, moment, ref, text

dataset = Dataset(
    seed=7,
    as_of="2026-11-01",
    profiles={"staging": 1, "large": 100},
    tables=[
        Table(
            "crew",
            rows=10,
            columns={
                "name": text("Zoë {n}", unique=True),
                "pay": count_of("ship.Log book"),  # depends on the rows of all shares of a build
                "joined": moment(during("-1y")),
            },
        ),
        Table("ship.Log book", rows=20, columns={"author": ref("crew", none=15), "line": text("line {n}")}),
    ],
)
