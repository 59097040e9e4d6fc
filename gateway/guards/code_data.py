"""How programs look: the names of languages on code fences, and wording that hardly stands in anything but code.

``STRONG`` wording counts alone, ``WEAK`` only beside other wording of the same language or inside a fence or backticks.
Expressions over canonical text; each goes on to the end of its line, so that an edit takes the line away.
"""

from __future__ import annotations

import re

_ALIASES = """
python py python3 ipython pycon py2 | shell sh bash zsh ksh fish console shell-session bash-session terminal
| powershell ps1 pwsh posh ps | batch bat cmd dos | javascript js jsx mjs cjs node nodejs | typescript ts tsx | c h
| cpp c++ cc cxx hpp | csharp cs c# | java | kotlin kt kts | go golang | rust rs | ruby rb erb | php php5 | perl pl
| swift | scala | r rscript | lua | haskell hs | html htm xhtml | css scss less | vba vb vbnet vbscript
| dockerfile docker | makefile make | sql mysql postgresql postgres psql plsql pgsql tsql sqlite mssql
"""
LANGUAGES: dict[str, str] = {
    name: names.split()[0] for names in _ALIASES.split("|") for name in names.split()
}
"""The language by what people write on a fence or in a policy."""

TEXTS = frozenset(("text", "txt", "plain", "plaintext", "markdown", "md", "json", "json5", "jsonl", "yaml", "yml",
                   "toml",
                   "ini", "csv", "tsv", "xml", "diff", "patch", "log", "output", "mermaid", "latex", "tex",
                   "http", "math",
                   "quote", "email", "none", "conf", "properties", "env"))
"""Labels of what is no program."""

STRONG: dict[str, str] = {
    "python": r"\b(?:def \w{1,60}\([^()\n]{0,120}\)(?: ?-> ?[^:\n]{1,60})?:|from [\w.]{1,60} import [\w*(]|"
              r"if __name__ ?=="
              r"|import (?:os|sys|re|json|subprocess|socket|requests|numpy|pandas|random|time|math|pathlib|"
              r"asyncio|base64|csv"
              r"|urllib|https?x?|smtplib|ftplib|logging|threading|shutil|hashlib|pickle|sqlite3|datetime|torch|"
              r"flask|ctypes)"
              r"(?:\.\w{1,30})?(?:, ?[\w.]{2,30}){0,6}(?: as \w{1,10})?\n"
              r"|for \w{1,30} in (?:range|enumerate|zip)\(|with open\(|except \w{1,40}(?: as \w{1,20})?:"
              r"|class \w{1,60}\([\w., ]{0,60}\):|print\([\"'f][^\n]{0,100}\))",
    "shell": r"(?:#!/(?:usr/)?bin/(?:env )?(?:ba|z|k|da)?sh\b|\b(?:sudo (?:apt|apt-get|yum|dnf|rm|chmod|chown|"
             r"systemctl|cat|su)\b"
             r"|rm -(?:rf|fr|r|f) {1,3}[\w/~.*$-]|chmod (?:\+x|[0-7]{3,4}) |curl (?:-\w{1,6} ){1,4}|"
             r"wget (?:-\w{1,3} |https?:)"
             r"|(?:curl|wget) [^\n|]{1,200}\| ?(?:sudo )?(?:ba|z)?sh\b|if \[\[ |if \[ [-\"$]|done < |"
             r"echo [\"']?\$\{?\w|export \w{1,40}="
             r"|nc -(?:e|l\w{0,4}) |bash -[ic] |mkfifo /|find [/.~]\S{0,60} -(?:name|type|exec) |dd if=/|"
             r"apt(?:-get)? install -y"
             r"|cat /etc/(?:passwd|shadow)))",
    "powershell": r"(?:\b(?:Invoke-(?:WebRequest|Expression|Command|RestMethod)|Get-(?:ChildItem|Process|"
                  r"Content|Service|Item"
                  r"|ADUser|WmiObject)|Set-(?:ExecutionPolicy|Item|Content)|New-(?:Object|Item)|Write-(?:Host|Output)"
                  r"|Start-Process|ForEach-Object|Where-Object)\b|\$env:\w|\bpowershell(?:\.exe)? -)",
    "batch": r"(?:@echo off\b|%~dp0|\bset /[ap] |\bif not exist \S|\bdel /[fqs] |\breg add HK)",
    "javascript": r"\b(?:console\.(?:log|error|warn)\(|document\.(?:getElement|querySelector|cookie|write|"
                  r"createElement)"
                  r"|module\.exports ?=|require\([\"'][\w./@-]{1,60}[\"']\)|import [\w{}*, ]{1,80} from [\"']"
                  r"|(?:const|let|var) [\w{}\[\], ]{1,60} ?= ?(?:require|await|async|new|function|\(|\[|\{|[\"'\d])"
                  r"|function ?\w{0,40}\([^()\n]{0,100}\) ?\{|=> ?\{|JSON\.(?:parse|stringify)\(|"
                  r"addEventListener\(|window\.\w{1,30}\()",
    "typescript": r"\b(?:(?:export )?interface \w{1,60} ?\{|(?:const|let) \w{1,40}: ?(?:string|number|boolean|any)\b"
                  r"|export (?:type|enum|default|const|class) \w|: ?Promise<)",
    "c": r"(?:# ?include ?[<\"][\w/.]{1,60}\.h[>\"]|\b(?:int|void) main ?\((?:void|int|\))|\bprintf ?\(\"|"
         r"\bscanf ?\(\"|\bmalloc ?\("
         r"|\btypedef struct\b|# ?define [A-Z_]{2,40} )",
    "cpp": r"(?:# ?include ?<(?:iostream|vector|string|map|algorithm|memory)>|\bstd::\w|\busing namespace \w|"
           r"\btemplate ?<(?:typename|class) )",
    "csharp": r"\b(?:using System[.;]|Console\.Write(?:Line)?\(|namespace [\w.]{1,60} ?\{|"
              r"public (?:async )?Task<?|string\[\] args)",
    "java": r"\b(?:public (?:static |final |abstract ){0,3}(?:class|void|interface|enum|int|String) \w|"
            r"System\.out\.print"
            r"|import java[x]?\.|private (?:static |final ){0,2}[A-Z]\w{1,40} \w{1,40} ?[=;]|@Override\b)",
    "kotlin": r"\b(?:fun \w{1,60}\([^()\n]{0,100}\)(?: ?: ?\w{1,40})? ?[{=]|val \w{1,40}(?:: ?\w{1,40})? ?= )",
    "go": r"\b(?:package main\b|func (?:\([^()\n]{1,60}\) )?\w{1,60}\([^()\n]{0,120}\)[^{\n]{0,60}\{|"
          r"fmt\.(?:Print|Sprint|Errorf)"
          r"|if err != nil)",
    "rust": r"\b(?:fn \w{1,60}(?:<[^<>\n]{1,60}>)?\([^()\n]{0,120}\)(?: ?-> ?[^{\n]{1,60})? ?\{|let mut \w|"
            r"println!\(|use std::"
            r"|impl(?:<[^<>\n]{1,40}>)? \w{1,40} for \w|#\[derive\()",
    "ruby": r"\b(?:require_relative [\"']|attr_(?:accessor|reader|writer) :|\.each do \||def self\.\w)",
    "php": r"(?:<\?php\b|<\?=|\$_(?:GET|POST|REQUEST|SERVER|COOKIE|SESSION|FILES)\[|\bmysqli?_(?:query|connect)\()",
    "perl": r"(?:\buse strict;|\bmy [$@%]\w{1,40} ?=|#!/usr/bin/perl|\bforeach my \$)",
    "swift": r"\b(?:import (?:UIKit|SwiftUI|Foundation)\b|guard let \w|"
             r"func \w{1,60}\([^()\n]{0,100}\) ?-> ?\w{1,40} ?\{)",
    "scala": r"\b(?:object \w{1,40} extends \w|def \w{1,40}\([^()\n]{0,100}\): ?\w{1,40} ?= )",
    "r": r"\b(?:library\(\w{2,30}\)|\w{1,30} <- (?:function|c|read\.\w{1,10}|data\.frame)\()",
    "lua": r"\b(?:local function \w|local \w{1,40} ?= ?require)",
    "haskell": r"\b(?:import qualified \w|main :: IO|where\n? {1,8}\w{1,30} ::)",
    "html": r"<(?:!doctype html|html[ >]|script[ >]|iframe |body[ >]|div (?:class|id)=|form (?:action|method)=|"
            r"head>|style>|/div>|/script>)",
    "css": r"(?:@media (?:screen|\()|\b(?:color|margin|padding|display|font-size|"
           r"background(?:-color)?): ?[#\w-]{1,30};)",
    "vba": r"\b(?:Dim \w{1,40} As \w|Sub \w{1,40}\(\)|End Sub\b|CreateObject\(\"|MsgBox \")",
    "dockerfile": r"\bFROM [\w./-]{1,60}:[\w.-]{1,40}(?: AS \w{1,30})?\n(?:RUN|COPY|WORKDIR|ENV) ",
}
WEAK: dict[str, str] = {
    "python": r"\b(?:print\(|import \w{2,30}(?: as \w{1,20})?\n|self\.\w{1,40}|elif [^:\n]{1,80}:|"
              r"lambda \w{0,20}:|return \w{1,40}\n"
              r"|while True:|try:\n|if [^:\n?.!]{1,60}:\n {2,8}|True|None\b|len\()",
    "shell": r"(?:\b(?:ls -\w{1,6}|cd [/~.$]|mkdir -p|grep -\w{1,6} |kill -\d{1,2} \d|tar -?[xc]\w{0,3} |"
             r"ssh \w{1,30}@|scp |cp -r |mv /"
             r"|pip3? install|npm (?:install|run)|git (?:clone|push|commit|pull)|docker (?:run|build|exec)|"
             r"ps aux|whoami|uname -a)|&& "
             r"|\| (?:grep|awk|sed|xargs|head|sort|wc)\b|\$\(\w|2>&1|> ?/dev/null)",
    "javascript": r"\b(?:const \w{1,40} ?=|let \w{1,40} ?=|var \w{1,40} ?=|return [\w(]{1,40};|null;|undefined|"
                  r"alert\(|async \w|=== )",
    "java": r"\b(?:public |private |protected |new \w{1,40}\(|String \w{1,40} ?=|int \w{1,30} ?=|return \w{1,40};)",
    "c": r"\b(?:int \w{1,30} ?[=;]|char ?\*? ?\w{1,30}\[?|return 0;|sizeof\(|void \w{1,30}\(|NULL\b|for ?\(int )",
    "go": r"(?:\b\w{1,30} := |\bdefer \w|\bnil\b)",
    "rust": r"(?:\blet \w{1,30}(?:: ?&?\w{1,20})? ?= |&str\b|\.unwrap\(\)|&mut )",
    "ruby": r"\b(?:def \w{1,40}\n|end\n|puts |nil\b|\.each )",
    "php": r"(?:\becho |\$\w{1,30} ?= )",
}

_PIECE = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|\{\d+(?:,\d+)?\}|\(\?:|[()|?*+]|[^\\]", re.DOTALL)
_LONG = 8
"""Repeats with a higher count make the prefilter's automaton large, and its compilation slow."""


def opening(expression: str) -> str:
    """How matches of ``expression`` begin, up to the first long repeat of each alternative: for the prefilter."""
    return _opening(_PIECE.findall(expression), 0)[0]


def _opening(pieces: list[str], at: int) -> tuple[str, bool, int]:
    """The beginnings of the alternatives from ``at`` on, whether any was cut short, and where the group ends."""
    arms, stopped, cut = [""], False, False
    while at < len(pieces) and pieces[at] != ")":
        atom, inner = pieces[at], False
        at += 1
        if atom == "|":
            arms.append("")
            stopped = False
            continue
        if atom == "(?:":
            body, inner, at = _opening(pieces, at)
            atom = f"(?:{body})"
            at += 1
        count = pieces[at] if at < len(pieces) and pieces[at][0] in "?*+{" else ""
        at += bool(count)
        numbers = [int(each) for each in re.findall(r"\d+", count)] or {"": [1], "?": [0, 1], "*": [0, 99], ""
                                                    r"+": [1, 99]}[count]
        if stopped:
            continue
        if inner or numbers[-1] > _LONG:
            arms[-1] += atom if numbers[0] else ""
            stopped = cut = True
        else:
            arms[-1] += atom + count
    return "|".join(arms), cut, at
