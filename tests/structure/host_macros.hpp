// Macros that hosts of tfm define before they include it. No program can contain what they expand
// to.

// The standard library bears the macros but min and max, which its first header undefines and
// others fail at. Hosts that have these two include it before.
#include <bits/stdc++.h>

#define TFM_HOST <a macro of the host was expanded>

// Many programs', Windows', Apple's and those of sys/sysmacros.h.
#define min(a, b) TFM_HOST
#define max(a, b) TFM_HOST
#define check(x) TFM_HOST
#define require(x, label) TFM_HOST
#define verify(x) TFM_HOST
#define major(x) TFM_HOST
#define minor(x) TFM_HOST
#define makedev(x, y) TFM_HOST

// X11
#define None TFM_HOST
#define Bool TFM_HOST
#define Status TFM_HOST
#define Success TFM_HOST
#define True TFM_HOST
#define False TFM_HOST
#define Always TFM_HOST
#define Never TFM_HOST
#define Unsorted TFM_HOST
#define Complex TFM_HOST
#define Nonconvex TFM_HOST
#define Convex TFM_HOST
#define GrayScale TFM_HOST
#define Above TFM_HOST
#define Below TFM_HOST
#define Expose TFM_HOST
#define KeyPress TFM_HOST
#define KeyRelease TFM_HOST
#define FocusIn TFM_HOST
#define FocusOut TFM_HOST
#define CurrentTime TFM_HOST
#define BadValue TFM_HOST
#define ControlMask TFM_HOST
#define Button1 TFM_HOST
#define Opposite TFM_HOST

// termios.h
#define B0 TFM_HOST
#define B50 TFM_HOST
#define B75 TFM_HOST
#define B110 TFM_HOST
#define B300 TFM_HOST
#define B9600 TFM_HOST
#define ECHO TFM_HOST
#define ECHOE TFM_HOST
#define ICANON TFM_HOST
#define ISIG TFM_HOST
#define NCCS TFM_HOST
#define TAB0 TFM_HOST
#define TAB1 TFM_HOST
#define CR0 TFM_HOST
#define NL0 TFM_HOST
#define FF0 TFM_HOST
#define BS0 TFM_HOST
#define VT0 TFM_HOST

// Windows.h
#define small TFM_HOST
#define near TFM_HOST
#define far TFM_HOST
#define hyper TFM_HOST
#define pascal TFM_HOST
#define cdecl TFM_HOST
#define interface TFM_HOST
#define ERROR TFM_HOST
#define NO_ERROR TFM_HOST
#define IN TFM_HOST
#define OUT TFM_HOST
#define OPTIONAL TFM_HOST
#define CONST TFM_HOST
#define VOID TFM_HOST
#define TRUE TFM_HOST
#define FALSE TFM_HOST
#define DELETE TFM_HOST
#define STRICT TFM_HOST
#define IGNORE TFM_HOST
#define CALLBACK TFM_HOST
#define FAR TFM_HOST
#define NEAR TFM_HOST
#define PASCAL TFM_HOST
#define DIFFERENCE TFM_HOST
#define ABSOLUTE TFM_HOST
#define RELATIVE TFM_HOST
#define TRANSPARENT TFM_HOST
#define GetObject TFM_HOST
#define GetMessage TFM_HOST
#define SendMessage TFM_HOST
#define DrawText TFM_HOST
#define LoadImage TFM_HOST
#define Yield TFM_HOST

// C's <complex.h> and <math.h>, sys/param.h and ncurses
#define I TFM_HOST
#define DOMAIN TFM_HOST
#define SING TFM_HOST
#define OVERFLOW TFM_HOST
#define UNDERFLOW TFM_HOST
#define PLOSS TFM_HOST
#define TLOSS TFM_HOST
#define MIN TFM_HOST
#define MAX TFM_HOST
#define howmany TFM_HOST
#define roundup TFM_HOST
#define powerof2 TFM_HOST
#define isset TFM_HOST
#define setbit TFM_HOST
#define clrbit TFM_HOST
#define ERR TFM_HOST
#define OK TFM_HOST

// Objective-C, Python, Arduino and loggers
#define nil TFM_HOST
#define Nil TFM_HOST
#define YES TFM_HOST
#define NO TFM_HOST
#define ABS TFM_HOST
#define PI TFM_HOST
#define HALF_PI TFM_HOST
#define DEBUG TFM_HOST
#define INFO TFM_HOST
#define WARNING TFM_HOST
#define FATAL TFM_HOST
#define LOG TFM_HOST
#define VERSION TFM_HOST
#define PACKAGE TFM_HOST
#define PAGE_SIZE TFM_HOST
