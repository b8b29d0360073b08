"""Which columns are about protected attributes, in English and in Chinese."""

from __future__ import annotations

import pyarrow as pa
import pytest

from youli.data.protected import is_protected, without_protected
from youli.errors import ConfigError


@pytest.mark.parametrize(
    "name",
    [
        "age", "Age", "AGE", "age_group", "ageGroup", "household_age_band", "age2", "gender",
        "Gender.1", "sex", "marital_status", "MaritalStatus", "maritalStatus", "household income",
        "HHIncome", "income_band", "date of birth", "DOB", "birthday", "religion", "is-pregnant",
        "年龄", "用户年龄", "性别", "婚姻状况", "收入水平", "出生日期", "用户国籍",
        "年齡層", "性別", "dateofbirth",
        "agegroup", "maritalstatus",
    ],
)  # fmt: skip
def test_is_protected(name):
    assert is_protected(name)


@pytest.mark.parametrize(
    "name",
    [
        "region", "page", "language", "average_basket", "storage", "message", "package", "image",
        "manage", "essex", "sextant", "trace", "agenda", "engagement", "homeowner", "地区", "语言",
        "household_size", "",
    ],
)  # fmt: skip
def test_is_not(name):
    assert not is_protected(name)


USERS = pa.table({"user_id": ["u"], "region": ["n"], "age": ["30"], "性别": ["f"]})


def test_protected_columns_go_unless_they_are_allowed_by_name():
    kept, gone = without_protected(USERS, ())
    assert kept.column_names == ["user_id", "region"]
    assert gone == ["age", "性别"]
    kept, gone = without_protected(USERS, ("age",))
    assert kept.column_names == ["user_id", "region", "age"]
    assert gone == ["性别"]


def test_allowing_what_is_not_there_is_a_mistake_worth_telling():
    with pytest.raises(ConfigError, match="'Age'") as caught:
        without_protected(USERS, ("Age",))
    assert caught.value.value == "Age"
    assert "region" in caught.value.hint
