"""What is learned from and what is held out, by hand."""

from __future__ import annotations

import pytest

from youli.data.split import Case, leave_last_out, split_at, split_last_days
from youli.errors import NotEnoughDataError
from youli.testing.shops import START, event_shop, order_shop, walk_shop

DAY_S = 86_400
START_S = int(START.timestamp())


def letters(shop, case: Case) -> str:
    return "".join(shop.interactions.items.ids[item] for item in case.targets)


def known(shop, case: Case) -> str:
    return "".join(shop.interactions.items.ids[item] for item in case.state(shop).item_num)


def log_of(shop) -> dict[str, str]:
    events = shop.interactions
    return {
        user: "".join(events.items.ids[item] for item in events.item_num[events.rows_of(num)])
        for num, user in enumerate(events.users.ids)
    }


class TestLeaveLastOut:
    shop = walk_shop({"u": "abcd", "v": "ab", "w": "c"})

    def test_the_last_event(self):
        split = leave_last_out(self.shop)
        assert log_of(split.train) == {"u": "abc", "v": "a", "w": "c"}
        found = [(c.user_num, known(self.shop, c), letters(self.shop, c)) for c in split.cases]
        assert found == [(0, "abc", "d"), (1, "a", "b")], "w has nothing to tell from"
        assert [case.now for case in split.cases] == [3, 1]

    def test_the_one_before_with_both_hidden(self):
        """Validation: the model has not seen the test event either."""
        split = leave_last_out(self.shop, n_last=2, n_hidden=2)
        assert log_of(split.train) == {"u": "ab", "v": "ab", "w": "c"}
        found = [(c.user_num, known(self.shop, c), letters(self.shop, c)) for c in split.cases]
        assert found == [(0, "ab", "c")]

    def test_the_last_with_both_hidden(self):
        split = leave_last_out(self.shop, n_last=1, n_hidden=2)
        assert log_of(split.train)["u"] == "ab"
        [case] = split.cases
        assert (known(self.shop, case), letters(self.shop, case)) == ("abc", "d")

    def test_vocabularies_stay(self):
        split = leave_last_out(self.shop)
        assert split.train.interactions.items.ids == tuple("abcd")

    def test_too_little(self):
        with pytest.raises(NotEnoughDataError, match="too few events"):
            leave_last_out(walk_shop({"u": "a", "v": "b"}))


class TestSplitAt:
    shop = order_shop(
        {
            "u": [(0, "a b"), (5, "c"), (9, "d d c")],
            "v": [(1, "a")],
            "new": [(8, "b")],
        }
    )

    def test_by_hand(self):
        moment = START_S + 5 * DAY_S  # the event at the moment itself is known
        split = split_at(self.shop, moment)
        assert log_of(split.train) == {"u": "abc", "v": "a", "new": ""}
        found = {self.shop.interactions.users.ids[case.user_num]: case for case in split.cases}
        assert set(found) == {"u", "new"}, "v does nothing afterwards"
        assert (known(self.shop, found["u"]), letters(self.shop, found["u"])) == ("abc", "cd")
        assert (known(self.shop, found["new"]), letters(self.shop, found["new"])) == ("", "b")
        assert {case.now for case in split.cases} == {moment}

    def test_last_days_count_from_the_last_event(self):
        split = split_last_days(self.shop, 4)
        assert {case.now for case in split.cases} == {START_S + 5 * DAY_S}

    def test_where_purchases_are_known_only_they_are_choices(self):
        events = {
            "u": [(0, "a", "purchase"), (6, "b", "view_item"), (7, "c", "purchase")],
            "v": [(0, "a", "view_item"), (6, "b", "view_item")],
        }
        shop = event_shop(events)
        [case] = split_at(shop, START_S + 5 * DAY_S).cases
        assert letters(shop, case) == "c"
        views = event_shop({"u": [(0, "a", "view_item"), (6, "b", "view_item")]})
        [case] = split_at(views, START_S + 5 * DAY_S).cases
        assert letters(views, case) == "b", "in a shop without purchases, all"

    @pytest.mark.parametrize("day", [-1, 20])
    def test_nothing_on_one_side_is_an_error(self, day):
        with pytest.raises(NotEnoughDataError):
            split_at(self.shop, START_S + day * DAY_S)


def test_a_sample_is_drawn_by_its_seed_and_keeps_the_order():
    shop = walk_shop({f"u{n:02}": "ab" for n in range(30)})
    split = leave_last_out(shop)
    ten = split.sample(10, 1)
    assert len(ten) == 10
    assert ten == split.sample(10, 1)
    assert ten != split.sample(10, 2)
    assert [case.user_num for case in ten] == sorted(case.user_num for case in ten)
    assert len(split.sample(99, 1)) == 30
