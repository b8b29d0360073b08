"""Large tables of floats as one byte a number and a scale a row.

    x̂ = q · s_row,   q = round(x / s_row) in −127 … 127,   s_row = max |x_row| / 127, rounded up

The scale has 16 significant bits, so that q · s is exact in float32: what is written is what is
read, and writing it once more changes nothing. A row is a row of a matrix, or of a sparse matrix
that is saved as ``data``, ``indices``, ``indptr`` (with any prefix). An error is at most half a
scale: 0.4 % of the row's largest number. Everything else stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from youli.types import FloatArray

__all__ = ["Arrays", "packed", "rounded", "unpacked"]

#: Name → array, as parts of a shop save them.
Arrays = dict[str, npt.NDArray[np.generic]]

_LARGEST = 127
#: Smaller tables are not worth their scales.
_LEAST_NUMBERS = 1024
#: A row of fewer columns holds different things side by side, such as facts.
_LEAST_COLUMNS = 8
_Q, _SCALE = ".int8", ".scale"
_SCALE_BITS = 16
#: A row of smaller numbers is taken as zeros: their scale would have no 16 bits in float32.
_LEAST = 1e-30


def packed(arrays: Mapping[str, npt.NDArray[np.generic]]) -> Arrays:
    """The same arrays with ``NAME.int8`` and ``NAME.scale`` in place of each large table."""
    found: Arrays = {}
    for name, array in arrays.items():
        if not (np.issubdtype(array.dtype, np.floating) and array.size >= _LEAST_NUMBERS):
            found[name] = array
        elif array.ndim == 2 and array.shape[1] >= _LEAST_COLUMNS:
            table: FloatArray = np.asarray(array, array.dtype)
            scale = _scales(np.abs(table).max(axis=1))
            found |= _pair(name, table, scale, scale[:, None])
        elif array.ndim == 1 and name.endswith("data") and _pointers(name) in arrays:
            values: FloatArray = np.asarray(array, array.dtype)
            lengths = np.diff(arrays[_pointers(name)])
            row = np.repeat(np.arange(len(lengths)), lengths)
            largest = np.zeros(len(lengths), values.dtype)
            np.maximum.at(largest, row, np.abs(values))
            scale = _scales(largest)
            found |= _pair(name, values, scale, scale[row])
        else:
            found[name] = array
    return found


def unpacked(arrays: Mapping[str, npt.NDArray[np.generic]]) -> Arrays:
    """The tables again, in their own precision; what was not packed is passed on.

    Raises `KeyError` where a scale is missing.
    """
    found: Arrays = {}
    for name, array in arrays.items():
        if name.endswith(_Q):
            base = name.removesuffix(_Q)
            scale = arrays[base + _SCALE]
            if array.ndim > 1:
                found[base] = array.astype(scale.dtype) * scale[:, None]
            else:
                each = np.repeat(scale, np.diff(arrays[_pointers(base)]))
                found[base] = array.astype(scale.dtype) * each
        elif not (name.endswith(_SCALE) and name.removesuffix(_SCALE) + _Q in arrays):
            found[name] = array
    return found


def rounded(arrays: Mapping[str, npt.NDArray[np.generic]]) -> Arrays:
    """The arrays as they would be read back: what then scores is what was saved."""
    return unpacked(packed(arrays))


def _pair(name: str, values: FloatArray, scale: FloatArray, each: FloatArray) -> Arrays:
    """The bytes and the scales; `each` is the scale of each value."""
    steps = np.divide(values, each, out=np.zeros_like(values), where=each > 0.0)
    return {name + _Q: np.rint(steps).astype(np.int8), name + _SCALE: scale}


def _scales(largest: FloatArray) -> FloatArray:
    """The scale of rows with these largest absolute numbers; 0 for a row of zeros."""
    mantissa, exponent = np.frexp(largest.astype(np.float64) / _LARGEST)
    steps = 2.0**_SCALE_BITS
    scale = np.ldexp(np.ceil(mantissa * steps) / steps, exponent)
    return np.where(largest > _LEAST, scale, 0.0).astype(largest.dtype)


def _pointers(name: str) -> str:
    """Name of the array that says where the rows of a sparse table begin."""
    return name.removesuffix("data") + "indptr"
