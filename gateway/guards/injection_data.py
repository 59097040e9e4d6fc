"""How attempts to take over an assistant are worded, by family; expressions over canonical text, any case.

``STRONG`` wording has hardly any other use. ``WEAK`` wording is common in harmless text too and counts only beside
weak wording of another family. ``INDIRECT`` holds what nobody but the caller may tell the assistant: it counts in
documents and tool results, where instructions have no business.
"""

from __future__ import annotations

from gateway.guards.injection_abroad import ABROAD

_DROP = (
    r"(?:ignor(?:e|ing)|disregard(?:ing)?|forget(?:ting)?|overrid(?:e|ing)|bypass(?:ing)?|neglect|discard|dismiss"
    r"|abandon"
    r"|stop (?:following|obeying)|(?:do not|don'?t|no longer|never) (?:follow|obey|adhere to|comply with)"
    r"|pay no attention to|set aside|throw (?:away|out)|disobey|circumvent|violate|break free (?:of|from))"
)
_WHICH = r"(?:[ \n\t]\w{1,12}){0,4}"
_BEFORE = r"\s(?:above|previous|prior|earlier|preceding|former|past|existing|initial|original|your|system|all|any)"
_ORDERS = r"(?:instructions?|directions?|directives?|orders|prompts?|guidelines|programming|commands?|inputs?)\b"
_OWN = r"\s(?:your|openai'?s?|content|ethical|moral)(?:\s\w{1,10}){0,2}"
_LIMITS = (
    r"(?:rules|restrictions?|polic(?:y|ies)|constraints?|training|guardrails?|filters?|safeguards?|limitations?)\b"
)
_SHOW = (
    r"(?:reveal|show|print|repeat|output|display|tell|give|write|recite|leak|expose|dump|share|disclose"
    r"|return|echo|list"
    r"|translate|copy|paste|spell|encode|summari[sz]e|what (?:is|are|was|were|does))"
)
_HOW_MUCH = r"(?:\s\w{1,12}){0,4}"
_THEIRS = (
    r"\s(?:your|hidden|secret|initial|original|internal|full|exact|entire|complete"
    r"|verbatim)(?:\s\w{1,10}){0,2}\s"
    r"(?:prompts?|system message|instructions|directives|preprompt|configuration|programming)\b"
)
_UNBOUND = r"(?:unfiltered|uncensored|amoral|unethical|immoral|evil|unrestricted|jailbroken|unhinged|lawless|malicious)"

STRONG: dict[str, str] = {
    **ABROAD,
    "override": (
        rf"\b(?:{_DROP}{_WHICH}{_BEFORE}{_WHICH}\s{{1,3}}{_ORDERS}|{_DROP}(?:\s{{1,3}}(?:all|any|of|the"
        rf"|every)){{0,3}}"
        rf"{_OWN}\s{{1,3}}{_LIMITS}|{_DROP}\s{{1,3}}(?:everything|anything|all|whatever"
        rf"|what)(?:\s{{1,3}}(?:that|which|is|was|came|comes))"
        r"{0,2}\s{1,3}(?:above|before this|prior to this|previously|you (?:were|have been|are)"
        r"|you've been)|your (?:new|real|true|actual) (?:instructions?|task|goal|mission|orders|purpose"
        r"|objective)s? (?:is|are)\b)"
    ),
    "extraction": (
        rf"\b(?:{_SHOW}{_HOW_MUCH}{_THEIRS}|(?:reveal|show me|print|repeat|output|recite|leak|dump|disclose"
        rf"|paste)"
        r"\s{1,3}(?:me\s)?(?:the\s)?(?:full |entire |exact |whole )?system (?:prompt|message|instructions)\b"
        rf"|(?:repeat|print|output|recite|echo|copy){_HOW_MUCH}\s{{1,3}}(?:words?|text|everything|lines?"
        rf"|instructions?|messages?|all)"
        r"(?:\s{1,3}(?:that|which|is|was|written))?\s{1,3}(?:above|before this|prior to this|preceding)"
        r"|(?:prompts?|instructions?) (?:that )?(?:you (?:were|have been) (?:given|told)|(?:given"
        r"|written) (?:to you )?(?:before|above)))"
    ),
    "persona": (
        r"\b(?:do anything now|DAN mode|chatgpt with (?:developer|dan) mode"
        r"|you are (?:now )?(?:going to (?:act|pretend) as )?"
        r"(?:dan|stan|dude|aim|jailbroken|evil-?bot)\b|(?:enter|enable|activate|switch to|simulate|turn on"
        r"|in)\s{1,3}(?:\w{1,12} ){0,2}"
        r"(?:god|jailbreak|dan|unrestricted|unfiltered|opposite|no-?limits?|chaos) mode"
        rf"|{_UNBOUND}(?:(?:,| and|, and) \w{{1,12}})?\s{{1,3}}(?:ai|a\.i\.|chat ?bot|bot|assistant"
        rf"|language model|llm|confidant"
        r"|persona|version of (?:yourself|chatgpt|you))\b"
        r"|(?:free|freed|liberated|broken free) (?:of|from) (?:the |all |your |any |its )?(?:typical "
        r"|usual |normal )?"
        r"(?:confines|shackles|constraints|chains|restrictions) of (?:ai|openai|your))"
    ),
    "prefix": (
        r"\b(?:start|begin|open|preface)\s{1,3}(?:\w{1,12} ){0,4}(?:response|answer|reply|message|output"
        r"|sentence)s?\s{1,3}(?:with|by saying)"
        r"\s{0,2}(?:the )?(?:words?|phrase|text)?[ :]*[\"'](?:(?:sure|absolutely|of course|yes|certainly"
        r"|okay)[,!.]{0,2}"
        r"\s{1,2}(?:here|i|the|let|my|step)|i can|here)\b"
    ),
    "forged": (
        r"(?:<\|(?:im_start|im_end|im_sep|system|user|assistant|end|endoftext|eot_id|start_header_id"
        r"|end_header_id"
        r"|begin_of_text)\|>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|\[/?SYSTEM(?:_PROMPT)?\]"
        r"|#{2,6} ?(?:new |updated )?(?:system|admin(?:istrator)?|developer)(?: (?:prompt|message|override"
        r"|instructions?))? ?:"
        r"|\b(?:begin|start|end|new|updated?) (?:system|admin|developer) (?:prompt|instructions?|override"
        r"|message)\b"
        r"|\bsystem (?:override|instruction update)\b ?:?)"
    ),
    "encoded": (
        r"\b(?:decode|decrypt|decipher|unscramble|deobfuscate|translate)\b[^.\n]{0,50}\b(?:base ?64|rot-?13"
        r"|hex|caesar|morse"
        r"|cipher|binary|this|following)\b[^.\n]{0,50}\b(?:follow|execute|obey|comply|carry out|act on"
        r"|do what)\b"
    ),
    "theft": (
        r"\b(?:send|forward|post|upload|transmit|exfiltrate|e-?mail|leak"
        r"|append)\b[^.\n]{0,40}\b(?:conversation|chat history"
        r"|system prompt|user'?s (?:data|messages|password|credentials|details)|api keys?"
        r"|credentials)\b[^.\n]{0,40}"
        r"(?:https?://|[\w.]{1,30}@[\w.]{1,30})"
    ),
}

WEAK: dict[str, str] = {
    "role": (
        r"\b(?:you are (?:now|going to)|you(?:'re| will) now|from now on|act(?:ing)? as"
        r"|pretend(?:ing)? (?:to be|that|you)"
        r"|role-?play|simulate|imagine (?:that )?you|assume the (?:role|persona)|take on the (?:role"
        r"|persona)|hypothetical"
        r"|play(?:ing)? the (?:role|part)|fictional|you (?:will|must|are to) (?:act|respond|answer|reply) as)\b"
    ),
    "character": (
        r"\b(?:(?:stay|remain|be|stays|break(?:ing)?) in character|break(?:ing)? character|stay a dan"
        r"|still a dan)\b"
    ),
    "mode": r"\b(?:developer|debug|maintenance|sudo|admin|god|test) mode\b|jailbreak\\?\]|\bjailbr(?:eak|oken)"
    r" (?:mode|yourself|ai|bot|version|assistant|prompt)\b",
    "unbound": (
        r"\b(?:(?:has|have|having|with) no|without|free (?:of|from)|not bound by|does not have"
        r"|doesn'?t have|(?:isn'?t|not)"
        r" (?:bound|limited|restricted|constrained) by|ignor\w{1,3}|bypass\w{0,3})(?:\s\w{1,10}){0,4}\s"
        r"(?:restrictions?|filters?|censorship"
        r"|limitations?|guidelines|ethics|morals?|morality|rules|boundaries|limits|polic(?:y|ies))\b"
    ),
    "no_refusal": (
        r"\b(?:never|cannot|can'?t|must not|do not|don'?t|will not|won'?t|without|not allowed to"
        r"|no)\s{1,3}(?:ever |be )?(?:refus"
        r"|declin|reject|say(?:ing)? (?:no|sorry|that you can|you can|as an ai|\"i can)|apologi|warn"
        r"|disclaimer|moraliz"
        r"|censor|add(?:ing)? (?:any )?(?:warning|disclaimer|note)|includ\w{1,3} (?:any )?(?:warning"
        r"|disclaimer)|judg"
        r"|remind|lectur)\w{0,8}"
    ),
    "harm": (
        r"\b(?:regardless|no matter|even if|irrespective|whether|including)\b[^.\n]{0,40}\b(?:illegal"
        r"|unethical|immoral|legal"
        r"|ethic\w{0,4}|moral\w{0,4}|harmful|dangerous|consequences|offensive|inappropriate)\b"
    ),
    "openai": r"\bopenai'?s? (?:content |usage )?polic(?:y|ies)\b|\bas an ai (?:language )?model\b",
    "tags": r"</?(?:system|instructions?|admin|prompt|assistant)>|\"role\" ?: ?\"(?:system|developer)\"",
    "affirm": r"\b(?:sure|absolutely|of course|certainly),? (?:here(?:'s| is| are)|i can|i will)\b",
    "secrecy": r"\b(?:between us|nobody (?:will|must) know|keep (?:this|it) (?:secret|hidden))\b",
    "two_answers": (
        r"\b(?:two (?:different )?(?:responses|answers|ways|outputs)|both as|one as (?:a )?(?:normal"
        r"|regular|standard))\b"
    ),
    "tokens": r"\b(?:(?:have|with|given|minus|deduct) \d{1,3} tokens|lose"
        r" \w{1,6} tokens|cease to exist|token system)\b",
}

INDIRECT: dict[str, str] = {
    "behind_the_back": (
        r"\b(?:do not|don'?t|never|without)\s{1,3}(?:tell|inform|mention|alert|notify|let|reveal|show|warn"
        r"|disclos)\w{0,3}"
        r"(?:\s{1,3}\w{1,9}){0,4}\s{1,3}(?:the )?(?:user|human|end ?user)\b"
    ),
    "addressed": (
        r"\b(?:(?:attention|dear|hey|note to|message (?:to|for)|instructions? (?:to|for)) (?:the |any |all )?(?:ai|llm"
        r"|language model|chat ?bot|gpt)s?\b(?: (?:assistant|model|agent|system|reading)s?)?"
        r"|(?:attention|hey|note to) (?:the |any |all )?(?:assistant|copilot|model)s? ?[:,]"
        r"|(?:ai|llm|gpt|chat ?bot) (?:assistant|model|agent|system)s? ?[:,]|if you are an? (?:ai|llm"
        r"|language model)"
        r"|(?:ais?|ai (?:assistant|agent|model)s?|llms?) (?:must|should|shall) (?:now )?(?:also )?(?:ignore|respond"
        r"|reply"
        r"|include|say|output|write|tell))"
    ),
    "when_summarising": (
        r"\b(?:when|while|if|before|after|instead of)\s{1,3}(?:you(?:'re"
        r"| are)? )?(?:asked to )?(?:summari[sz]|answer|process"
        r"|analy[sz]|respond|reply|translat|review)\w{0,5}\b(?:\s(?:to|about|any|questions?|queries)){0,3}\s(?:this|these"
        r"|the (?:above|user|document|page|e?-?mail|text|article|content)|it\b)[^.\n]{0,60}?\b(?:say|include|tell"
        r"|recommend"
        r"|respond with|reply"
        r" with|insert|append|output|state that|always|mention)\b"
    ),
    "smuggling_image": (
        r"!\[[^\]\n]{0,60}\]\(https?://[^)\s?]{1,120}\?[^)\s]{0,60}=(?:[{\[<$%]|\{\{|data|secret"
        r"|conversation|user|prompt)"
    ),
    "new_orders": (
        r"\b(?:new|updated|real|important|additional) instructions? ?:"
    ),
}

TRIGGERS: dict[str, str] = {
    "override": (
        r"(?:ignor|disregard|forget|overrid|bypass|neglect|discard|dismiss|abandon|no attention|set aside"
        r"|throw (?:away|out)|(?:stop|not|n'?t|longer|never) (?:follow|obey|adhere to|comply with)|disobey"
        r"|circumvent|violate|break free|your (?:new|real|true|actual) (?:instr|task|goal|miss|order|purp|obj))"
    ),
    "extraction": (
        r"(?:prompt|system message|instruction|directives|configuration|programming|above|before this|prior to this"
        r"|preceding|systemanweisung|mensaje)"
    ),
    "persona": (
        r"(?:do anything now|(?:dan|developer) mode|you are (?:now )?(?:going to (?:act|pretend) as )?(?:dan|stan|dude"
        r"|aim|jailbroken|evil)|(?:god|jailbreak|unrestricted|unfiltered|opposite|limits?|chaos) mode"
        rf"|{_UNBOUND}|(?:confines|shackles|constraints|chains|restrictions) of)"
    ),
    "prefix": r"[\"'](?:sure|absolutely|of course|yes|certainly|okay|i can|here)",
    "encoded": r"(?:decode|decrypt|decipher|unscramble|deobfuscate|translate)",
    "theft": (
        r"(?:conversation|chat history|system prompt|user'?s (?:data|messages|password|credentials|details)|api key"
        r"|credentials)"
    ),
    "unbound": (
        r"(?:restriction|filter|censorship|limitation|guideline|ethics|moral|rules|boundaries|limits|polic(?:y|ies))"
    ),
    "harm": r"(?:legal|ethic|moral|harmful|dangerous|consequences|offensive|inappropriate)",
    "behind_the_back": (
        r"(?:not|n'?t|never|without)\s{1,3}(?:tell|inform|mention|alert|notify|let|reveal|show|warn|disclos)"
    ),
    "addressed": r"\b(?:ai|llm|language model|chat ?bot|gpt|assistant|copilot|model)s?\b",
    "when_summarising": (
        r"(?:when|while|if|before|after|of)\s{1,3}(?:you(?:'re| are)? )?(?:asked to )?(?:summari[sz]|answer|process"
        r"|read|analy[sz]|respond|reply|translat|review)"
    ),
    "smuggling_image": r"!\[[^\]\n]{0,60}\]\(",
}
"""What stands in every match of the family and is quick to look for."""
