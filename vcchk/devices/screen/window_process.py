"""The window of driver ``window``: Win32 through ctypes, run by ``vcchk.exe screen --window``.

Borderless, topmost, WS_EX_NOACTIVATE and MA_NOACTIVATE: it never takes the focus from the HIS, not even when touched.
Orders come as JSON lines on standard input (``{"show": text, "seconds": n}``, ``{"clear": true}``), each answered by
``ok`` or ``error <Chinese sentence>`` on standard output; the end of standard input ends the process. The countdown
stands in the upper right corner, as document A asks for 主扫.
"""

from __future__ import annotations

import ctypes
import json
import sys
import threading
import time
from ctypes import wintypes
from typing import Any, BinaryIO

from vcchk.base.errors import VcchkError
from vcchk.devices import bitmap

CLASS_NAME = "vcchk_screen"
WS_POPUP = 0x80000000
WS_EX_TOPMOST, WS_EX_TOOLWINDOW, WS_EX_NOACTIVATE = 0x00000008, 0x00000080, 0x08000000
HWND_TOPMOST = -1
SWP_NOACTIVATE, SWP_SHOWWINDOW, SWP_HIDEWINDOW = 0x0010, 0x0040, 0x0080
WM_DESTROY, WM_PAINT, WM_CLOSE, WM_ERASEBKGND, WM_MOUSEACTIVATE = 0x02, 0x0F, 0x10, 0x14, 0x21
WM_TIMER, WM_APP = 0x0113, 0x8000
MA_NOACTIVATE = 3
MONITORINFOF_PRIMARY = 1
TICK_MS = 200
DT_CENTER, DT_RIGHT, DT_VCENTER, DT_SINGLELINE = 0x1, 0x2, 0x4, 0x20
TRANSPARENT = 1
BLACK, WHITE, GREY = 0x000000, 0xFFFFFF, 0x606060
DEFAULT_CHARSET, CLEARTYPE_QUALITY = 1, 5

LRESULT = ctypes.c_ssize_t
WNDPROC = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)(
    LRESULT, wintypes.HWND, wintypes.UINT, wintypes.WPARAM, wintypes.LPARAM
)
MONITORENUMPROC = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)(
    wintypes.BOOL, wintypes.HMONITOR, wintypes.HDC, ctypes.POINTER(wintypes.RECT), wintypes.LPARAM
)


class MonitorInfo(ctypes.Structure):
    """MONITORINFO (winuser.h)."""

    _fields_ = (("size", wintypes.DWORD), ("area", wintypes.RECT), ("work", wintypes.RECT), ("flags", wintypes.DWORD))


class WindowClass(ctypes.Structure):
    """WNDCLASSW (winuser.h)."""

    _fields_ = (
        ("style", wintypes.UINT),
        ("procedure", WNDPROC),
        ("class_extra", ctypes.c_int),
        ("window_extra", ctypes.c_int),
        ("instance", wintypes.HINSTANCE),
        ("icon", wintypes.HANDLE),
        ("cursor", wintypes.HANDLE),
        ("background", wintypes.HANDLE),
        ("menu", wintypes.LPCWSTR),
        ("name", wintypes.LPCWSTR),
    )


class Paint(ctypes.Structure):
    """PAINTSTRUCT (winuser.h)."""

    _fields_ = (
        ("dc", wintypes.HDC),
        ("erase", wintypes.BOOL),
        ("area", wintypes.RECT),
        ("restore", wintypes.BOOL),
        ("update", wintypes.BOOL),
        ("reserved", ctypes.c_byte * 32),
    )


class BitmapInfo(ctypes.Structure):
    """BITMAPINFO of a 1-bit picture: BITMAPINFOHEADER and two colours (wingdi.h)."""

    _fields_ = (
        ("size", wintypes.DWORD),
        ("width", wintypes.LONG),
        ("height", wintypes.LONG),
        ("planes", wintypes.WORD),
        ("bits", wintypes.WORD),
        ("compression", wintypes.DWORD),
        ("image_size", wintypes.DWORD),
        ("x_density", wintypes.LONG),
        ("y_density", wintypes.LONG),
        ("used", wintypes.DWORD),
        ("important", wintypes.DWORD),
        ("colours", wintypes.DWORD * 2),
    )


class Libraries:
    """user32 and gdi32 with the types of what returns or takes handles (64-bit needs them)."""

    def __init__(self) -> None:
        self.user: Any = ctypes.WinDLL("user32", use_last_error=True)  # type: ignore[attr-defined]
        self.gdi: Any = ctypes.WinDLL("gdi32", use_last_error=True)  # type: ignore[attr-defined]
        handle, pointer = wintypes.HANDLE, ctypes.c_void_p
        user, gdi = self.user, self.gdi
        user.CreateWindowExW.restype = wintypes.HWND
        user.CreateWindowExW.argtypes = (
            *(wintypes.DWORD, wintypes.LPCWSTR, wintypes.LPCWSTR, wintypes.DWORD),
            *(ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_int),
            *(handle, handle, handle, pointer),
        )
        user.DefWindowProcW.restype = LRESULT
        user.DefWindowProcW.argtypes = (wintypes.HWND, wintypes.UINT, wintypes.WPARAM, wintypes.LPARAM)
        user.BeginPaint.restype = wintypes.HDC
        user.BeginPaint.argtypes = user.EndPaint.argtypes = (wintypes.HWND, pointer)
        user.SetWindowPos.argtypes = (wintypes.HWND, handle, *[ctypes.c_int] * 4, wintypes.UINT)
        user.SetTimer.argtypes = (wintypes.HWND, ctypes.c_size_t, wintypes.UINT, pointer)
        user.PostMessageW.argtypes = (wintypes.HWND, wintypes.UINT, wintypes.WPARAM, wintypes.LPARAM)
        user.InvalidateRect.argtypes = (wintypes.HWND, pointer, wintypes.BOOL)
        user.GetClientRect.argtypes = (wintypes.HWND, pointer)
        user.DestroyWindow.argtypes = (wintypes.HWND,)
        user.FillRect.argtypes = (handle, pointer, handle)
        user.DrawTextW.argtypes = (handle, wintypes.LPCWSTR, ctypes.c_int, pointer, wintypes.UINT)
        user.GetMonitorInfoW.argtypes = (handle, pointer)
        user.EnumDisplayMonitors.argtypes = (handle, pointer, MONITORENUMPROC, wintypes.LPARAM)
        gdi.CreateFontW.restype = gdi.SelectObject.restype = gdi.GetStockObject.restype = handle
        gdi.CreateFontW.argtypes = (*[ctypes.c_int] * 5, *[wintypes.DWORD] * 8, wintypes.LPCWSTR)
        gdi.SelectObject.argtypes = (handle, handle)
        gdi.DeleteObject.argtypes = (handle,)
        gdi.SetTextColor.argtypes = (handle, wintypes.DWORD)
        gdi.SetBkMode.argtypes = (handle, ctypes.c_int)
        gdi.SetDIBitsToDevice.argtypes = (
            handle,
            *(ctypes.c_int, ctypes.c_int, wintypes.DWORD, wintypes.DWORD, ctypes.c_int, ctypes.c_int),
            *(wintypes.UINT, wintypes.UINT, ctypes.c_char_p, pointer, wintypes.UINT),
        )


def monitors(libraries: Libraries) -> list[tuple[wintypes.RECT, bool]]:
    """Return (area, primary) of every monitor, in the system's order."""
    found: list[tuple[wintypes.RECT, bool]] = []

    def each(monitor: int, _dc: int, _area: object, _data: int) -> bool:
        info = MonitorInfo(size=ctypes.sizeof(MonitorInfo))
        if libraries.user.GetMonitorInfoW(monitor, ctypes.byref(info)):
            found.append((info.area, bool(info.flags & MONITORINFOF_PRIMARY)))
        return True

    libraries.user.EnumDisplayMonitors(None, None, MONITORENUMPROC(each), 0)
    return found


def choose(found: list[tuple[wintypes.RECT, bool]], number: int) -> wintypes.RECT | None:
    """Return the area of monitor ``number`` (from 1; 0: the first that is not the primary one), or None."""
    if number:
        return found[number - 1][0] if number <= len(found) else None
    return next((area for area, primary in found if not primary), None)


class ScreenWindow:
    """The window and its message loop; `run` returns the process's exit code."""

    def __init__(self, monitor: int, caption: str, idle: str) -> None:
        self._libraries = Libraries()
        self._monitor = monitor
        self._caption = caption
        self._idle = idle
        self._window: Any = None
        self._lock = threading.Lock()
        self._matrix: list[list[int]] | None = None
        self._until = 0.0
        self._shown_second = -1
        self._procedure = WNDPROC(self._handle)

    def run(self, orders: BinaryIO, answers: BinaryIO) -> int:
        """Obey the lines of ``orders`` until they end."""
        user = self._libraries.user
        user.SetProcessDPIAware()
        area = choose(monitors(self._libraries), self._monitor)
        if area is None:
            orders.readline()
            self._answer(answers, "error 没有第二台显示器，请接好并设为“扩展”，或在 [screen] 中设置 monitor")
            return 1
        described = WindowClass(procedure=self._procedure, name=CLASS_NAME)
        user.RegisterClassW(ctypes.byref(described))
        style = WS_EX_TOPMOST | WS_EX_TOOLWINDOW | WS_EX_NOACTIVATE
        width, height = area.right - area.left, area.bottom - area.top
        self._window = user.CreateWindowExW(
            style, CLASS_NAME, "vcchk", WS_POPUP, area.left, area.top, width, height, None, None, None, None
        )
        if not self._window:
            orders.readline()
            self._answer(answers, f"error 窗口建不起来（Windows 错误 {ctypes.get_last_error()}）")  # type: ignore[attr-defined]
            return 1
        user.SetTimer(self._window, 1, TICK_MS, None)
        threading.Thread(target=self._obey, args=(orders, answers), daemon=True).start()
        message = wintypes.MSG()
        while user.GetMessageW(ctypes.byref(message), None, 0, 0) > 0:
            user.TranslateMessage(ctypes.byref(message))
            user.DispatchMessageW(ctypes.byref(message))
        return 0

    def _obey(self, orders: BinaryIO, answers: BinaryIO) -> None:
        for line in orders:
            try:
                order = json.loads(line)
                text = order.get("show", "")
                matrix = bitmap.modules(text, "M") if text else None
                with self._lock:
                    self._matrix = matrix
                    self._until = time.monotonic() + float(order.get("seconds", 0))
                    self._shown_second = -1
                self._libraries.user.PostMessageW(self._window, WM_APP, 0, 0)
                self._answer(answers, "ok")
            except VcchkError as error:
                self._answer(answers, "error " + error.message)
            except (ValueError, AttributeError) as error:
                self._answer(answers, f"error 窗口收到的指令无法识别（{type(error).__name__}）")
        self._libraries.user.PostMessageW(self._window, WM_CLOSE, 0, 0)

    @staticmethod
    def _answer(answers: BinaryIO, text: str) -> None:
        answers.write(text.encode() + b"\n")
        answers.flush()

    def _handle(self, window: int, message: int, first: int, second: int) -> int:
        user = self._libraries.user
        if message == WM_APP:
            self._place()
        elif message == WM_TIMER:
            self._tick()
        elif message == WM_PAINT:
            paint = Paint()
            self._draw(user.BeginPaint(window, ctypes.byref(paint)))
            user.EndPaint(window, ctypes.byref(paint))
        elif message == WM_ERASEBKGND:
            return 1
        elif message == WM_MOUSEACTIVATE:
            return MA_NOACTIVATE
        elif message == WM_DESTROY:
            user.PostQuitMessage(0)
        elif message == WM_CLOSE:
            user.DestroyWindow(window)
        else:
            return int(user.DefWindowProcW(window, message, first, second))
        return 0

    def _place(self) -> None:
        visible = self._matrix is not None or self._idle == "white"
        flags = (
            SWP_NOACTIVATE | (SWP_SHOWWINDOW if visible else SWP_HIDEWINDOW) | 0x0001 | 0x0002
        )  # keep size and position
        self._libraries.user.SetWindowPos(self._window, HWND_TOPMOST, 0, 0, 0, 0, flags)
        self._libraries.user.InvalidateRect(self._window, None, True)

    def _left(self) -> int:
        return max(0, -int(-(self._until - time.monotonic()) // 1))

    def _tick(self) -> None:
        if self._matrix is None:
            return
        left = self._left()
        if left == 0:
            # The HIS clears it anyway; should it hang, an expired code is not left standing.
            with self._lock:
                self._matrix = None
            self._place()
        elif left != self._shown_second:
            self._libraries.user.InvalidateRect(self._window, None, True)

    def _draw(self, dc: int) -> None:
        user, gdi = self._libraries.user, self._libraries.gdi
        area = wintypes.RECT()
        user.GetClientRect(self._window, ctypes.byref(area))
        user.FillRect(dc, ctypes.byref(area), gdi.GetStockObject(0))  # WHITE_BRUSH
        with self._lock:
            matrix = self._matrix
        if matrix is None:
            return
        self._shown_second = self._left()
        width, height = area.right, area.bottom
        line = max(24, height // 12)
        scale = max(1, min(width, height - 3 * line) // (len(matrix) + 2 * bitmap.QUIET))
        self._picture(dc, bitmap.enlarge(matrix, scale, bitmap.QUIET), width, height + line)
        gdi.SetBkMode(dc, TRANSPARENT)
        corner = wintypes.RECT(0, line // 3, width - line // 2, line // 3 + line)
        self._text(dc, f"{self._shown_second} 秒", corner, line, GREY, DT_RIGHT)
        top = wintypes.RECT(0, line * 3 // 2, width, line * 5 // 2)
        self._text(dc, self._caption, top, line * 3 // 4, BLACK, DT_CENTER)

    def _picture(self, dc: int, picture: bitmap.Bitmap, width: int, height: int) -> None:
        stride = (picture.width + 31) // 32 * 4  # rows of a DIB are whole double words
        rows = picture.rows
        data = b"".join(rows[n : n + picture.stride].ljust(stride, b"\0") for n in range(0, len(rows), picture.stride))
        info = BitmapInfo(
            size=40, width=picture.width, height=-picture.height, planes=1, bits=1, colours=(WHITE, BLACK)
        )
        x, y = (width - picture.width) // 2, (height - picture.height) // 2
        self._libraries.gdi.SetDIBitsToDevice(
            dc, x, y, picture.width, picture.height, 0, 0, 0, picture.height, data, ctypes.byref(info), 0
        )

    def _text(self, dc: int, text: str, area: wintypes.RECT, size: int, colour: int, align: int) -> None:
        user, gdi = self._libraries.user, self._libraries.gdi
        font = gdi.CreateFontW(-size, 0, 0, 0, 400, 0, 0, 0, DEFAULT_CHARSET, 0, 0, CLEARTYPE_QUALITY, 0, "SimSun")
        before = gdi.SelectObject(dc, font)
        gdi.SetTextColor(dc, colour)
        user.DrawTextW(dc, text, -1, ctypes.byref(area), align | DT_VCENTER | DT_SINGLELINE)
        gdi.SelectObject(dc, before)
        gdi.DeleteObject(font)


def run(monitor: int, caption: str, idle: str) -> int:
    """Run the window on standard input and output; returns the process's exit code."""
    return ScreenWindow(monitor, caption, idle).run(sys.stdin.buffer, sys.stdout.buffer)
