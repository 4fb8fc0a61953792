/* The insurance software of the tests: a real window with an edit control and a button, which SetEcQrcode fills.
 *
 *     edit_window <events> <title> [<option>...]
 *
 * <title>: UTF-8 bytes in hex (under Wine a command line's characters depend on the locales that are installed).
 * <events>: the file to which it appends what happens to it, one line each, UTF-8, flushed:
 *
 *     ready                the window is there (and in front, unless an option says otherwise)
 *     char <text>          the edit's text after a typed character
 *     enter <text>         Enter was pressed in the edit
 *     paste <text>         the edit's text after WM_PASTE
 *     set <text>           the edit's text after WM_SETTEXT
 *     click <text>         the button was clicked
 *     thief <text>         (option steal) characters that the other window got
 *
 * It closes itself on WM_CLOSE. Class VcchkEditWindow; edit: control id 1001; button: 1002. Options:
 *
 *     nested      the edit and the button lie in a panel inside the window (one level deeper)
 *     disabled    the button is disabled
 *     upper       the edit turns letters to capitals
 *     minimized   it starts minimised
 *     covered     another window of this program lies before it at the start
 *     refuse      it lies behind another window of this program, and gives the front back to that whenever it gets it
 *     steal=N     after N characters another window of this program comes to the front by itself
 *     hang        it stops handling messages once it is there
 */
#include <windows.h>
#include <shellapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

enum { EDIT_ID = 1001, BUTTON_ID = 1002, HANG_TIMER = 1 };

static FILE *events;
static HWND window, edit, button, other;
static WNDPROC edit_proc;
static int steal_after = -1, refuse, covered;
static WCHAR stolen[256];

static void told(const char *what, const WCHAR *text)
{
    char utf8[1024] = "";
    if (text)
        WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, sizeof utf8, NULL, NULL);
    fprintf(events, text ? "%s %s\n" : "%s\n", what, utf8);
    fflush(events);
}

static void told_edit(const char *what)
{
    WCHAR text[512];
    GetWindowTextW(edit, text, 512);
    told(what, text);
}

static LRESULT CALLBACK on_edit(HWND hwnd, UINT message, WPARAM wparam, LPARAM lparam)
{
    if (message == WM_CHAR && wparam == L'\r') {
        told_edit("enter");
        return 0;
    }
    LRESULT result = CallWindowProcW(edit_proc, hwnd, message, wparam, lparam);
    if (message == WM_CHAR && wparam >= L' ') {
        told_edit("char");
        if (steal_after >= 0 && GetWindowTextLengthW(edit) >= steal_after) {
            steal_after = -1;
            ShowWindow(other, SW_SHOW);
            SetForegroundWindow(other);
            SetFocus(other);
        }
    } else if (message == WM_PASTE) {
        told_edit("paste");
    } else if (message == WM_SETTEXT) {
        told_edit("set");
    }
    return result;
}

static LRESULT CALLBACK on_panel(HWND hwnd, UINT message, WPARAM wparam, LPARAM lparam)
{
    if (message == WM_COMMAND && LOWORD(wparam) == BUTTON_ID && HIWORD(wparam) == BN_CLICKED)
        told_edit("click");
    return DefWindowProcW(hwnd, message, wparam, lparam);
}

static LRESULT CALLBACK on_window(HWND hwnd, UINT message, WPARAM wparam, LPARAM lparam)
{
    switch (message) {
    case WM_SETFOCUS:
        SetFocus(edit);
        return 0;
    case WM_ACTIVATE:
        if (refuse && LOWORD(wparam) != WA_INACTIVE) {
            SetForegroundWindow(other);
            return 0;
        }
        break;
    case WM_TIMER:
        if (wparam == HANG_TIMER)
            Sleep(60000);
        return 0;
    case WM_DESTROY:
        PostQuitMessage(0);
        return 0;
    }
    return on_panel(hwnd, message, wparam, lparam);
}

static LRESULT CALLBACK on_other(HWND hwnd, UINT message, WPARAM wparam, LPARAM lparam)
{
    if (message == WM_CHAR && wcslen(stolen) < 255) {
        stolen[wcslen(stolen)] = (WCHAR)wparam;
        told("thief", stolen);
    }
    return DefWindowProcW(hwnd, message, wparam, lparam);
}

static WCHAR *title_of(const WCHAR *hex)
{
    static WCHAR title[256];
    char utf8[512] = "";
    size_t length = 0;
    for (unsigned byte; length < sizeof utf8 - 1 && swscanf(hex, L"%2x", &byte) == 1; hex += 2)
        utf8[length++] = (char)byte;
    MultiByteToWideChar(CP_UTF8, 0, utf8, -1, title, 256);
    return title;
}

static void register_class(const WCHAR *name, WNDPROC proc)
{
    WNDCLASSW row = {0};
    row.lpfnWndProc = proc;
    row.hInstance = GetModuleHandleW(NULL);
    row.hCursor = LoadCursorW(NULL, (LPCWSTR)IDC_ARROW);
    row.hbrBackground = (HBRUSH)(COLOR_BTNFACE + 1);
    row.lpszClassName = name;
    RegisterClassW(&row);
}

int WINAPI WinMain(HINSTANCE instance, HINSTANCE unused, LPSTR line, int show)
{
    (void)unused, (void)line, (void)show;
    int count, nested = 0, disabled = 0, minimized = 0, hang = 0;
    DWORD edit_style = 0;
    WCHAR **words = CommandLineToArgvW(GetCommandLineW(), &count);
    if (count < 3 || !(events = _wfopen(words[1], L"ab")))
        return 2;
    for (int i = 3; i < count; i++) {
        if (!wcscmp(words[i], L"nested")) nested = 1;
        else if (!wcscmp(words[i], L"disabled")) disabled = 1;
        else if (!wcscmp(words[i], L"upper")) edit_style = ES_UPPERCASE;
        else if (!wcscmp(words[i], L"minimized")) minimized = 1;
        else if (!wcscmp(words[i], L"covered")) covered = 1;
        else if (!wcscmp(words[i], L"refuse")) refuse = covered = 1;
        else if (!wcscmp(words[i], L"hang")) hang = 1;
        else if (!wcsncmp(words[i], L"steal=", 6)) steal_after = _wtoi(words[i] + 6);
        else return 2;
    }
    register_class(L"VcchkEditWindow", on_window);
    register_class(L"VcchkPanel", on_panel);
    register_class(L"VcchkOther", on_other);
    window = CreateWindowW(L"VcchkEditWindow", title_of(words[2]), WS_OVERLAPPEDWINDOW, 40, 40, 420, 160, NULL, NULL,
                           instance, NULL);
    HWND parent = window;
    if (nested)
        parent = CreateWindowW(L"VcchkPanel", L"", WS_CHILD | WS_VISIBLE, 0, 0, 400, 120, window, NULL, instance, NULL);
    edit = CreateWindowW(L"EDIT", L"", WS_CHILD | WS_VISIBLE | WS_BORDER | ES_AUTOHSCROLL | edit_style, 10, 10, 380, 24,
                         parent, (HMENU)(INT_PTR)EDIT_ID, instance, NULL);
    button = CreateWindowW(L"BUTTON", L"OK", WS_CHILD | WS_VISIBLE | (disabled ? WS_DISABLED : 0), 10, 50, 80, 28, parent,
                           (HMENU)(INT_PTR)BUTTON_ID, instance, NULL);
    edit_proc = (WNDPROC)SetWindowLongPtrW(edit, GWLP_WNDPROC, (LONG_PTR)on_edit);
    other = CreateWindowW(L"VcchkOther", L"another program", WS_OVERLAPPEDWINDOW, 200, 120, 300, 120, NULL, NULL, instance, NULL);
    ShowWindow(window, refuse ? SW_SHOWNA : minimized ? SW_SHOWMINNOACTIVE : SW_SHOWNORMAL);
    if (!refuse && !minimized) {
        SetForegroundWindow(window);
        SetFocus(edit);
    }
    if (covered) {
        ShowWindow(other, SW_SHOWNORMAL);
        SetForegroundWindow(other);
    }
    if (hang)
        SetTimer(window, HANG_TIMER, 300, NULL);
    UpdateWindow(window);
    told("ready", NULL);
    MSG message;
    while (GetMessageW(&message, NULL, 0, 0) > 0) {
        TranslateMessage(&message);
        DispatchMessageW(&message);
    }
    return 0;
}
