"""Text that reads like instructions to a model rather than to a patient: found and shown to an admin, never removed."""

import re
from typing import Final

from frontdesk.knowledge.blocks import Passage

_RULES: Final = (
    r"(?:instructions?|rules?|prompts?|guidelines?|directions?|polic(?:y|ies)|training|programming|commands?)"
)
_EARLIER: Final = r"(?:all|any|every|your|the|these|those|my|of|previous|prior|earlier|above|preceding|existing|system|safety|other)"
_ROLE: Final = (
    r"(?:assistant|agent|ai\b|a\.i\.|bot\b|chatbot|model|receptionist|system|administrator|admin\b|developer)"
)
_ENGLISH: Final = (
    rf"\b(?:ignore|disregard|forget|override|bypass|overlook|drop|discard|neglect)\b(?:\s+{_EARLIER})+\s+(?:\w+\s+)?{_RULES}\b",
    r"\b(?:ignore|disregard|forget)\s+(?:everything|anything|all|what)\b.{0,30}\b(?:above|before|previous\w*|earlier|told|said)\b",
    rf"\byou are (?:now|no longer|from now on)\b.{{0,40}}(?:\b{_ROLE}|\bbound\b|\brestricted\b|\bDAN\b|\bunrestricted\b)",
    rf"\b(?:you are|act as|behave as|pretend (?:to be|you are|that you are)|roleplay as)\s+(?:an?\s+|the\s+)?(?:\w+\s+){{0,2}}{_ROLE}",
    r"\byou are now\b(?!\s+(?:\w+\s+)?(?:ready|able|eligible|registered|booked|leaving|entering|due|old|in|on|at|being|connected|signed|logged|subscribed|enrolled|a patient|required|welcome|invited|asked|allowed))",
    r"\b(?:system|developer|hidden|initial|secret)\s+(?:prompt|message|instructions?)\b",
    r"\b(?:new|updated|additional|important|special|following)\s+instructions?\s+(?:to|for)\s+(?:the\s+)?(?:ai|assistant|model|agent|bot|chatbot|language model|llm)\b",
    r"\b(?:note|message|instructions?|attention|reminder)\s*(?:to|for)?\s*:?\s*(?:the\s+)?(?:ai|a\.i\.|llm|language model|chatbot|voice agent|virtual assistant|ai assistant)\b(?:s|\s+(?:model|assistant|agent)s?)?\s*[:,]",
    r"\b(?:do not|don't|never|must not|without)\s+(?:tell(?:ing)?|inform(?:ing)?|reveal(?:ing)?(?:\s+\w+)?\s+to|mention(?:ing)?(?:\s+\w+)?\s+to|let(?:ting)?|disclos(?:e|ing)(?:\s+\w+)?\s+to)\s+(?:the\s+|any\s+)?(?:callers?|users?)\b",
    r"\b(?:tell|say to|inform|ask|convince|instruct)\s+(?:the|every|each|all|any)\s+(?:callers?|users?)\b",
    r"\b(?:reveal|print|output|repeat|recite|disclose|show)\s+(?:me\s+|us\s+)?(?:your|the)\s+(?:\w+\s+)?(?:prompt|instructions|system message|rules)\b",
    r"\b(?:when|if|whenever)\s+(?:the\s+|a\s+|any\s+)(?:caller|user)s?\s+(?:asks?|says?|wants?)\b.{0,80}\b(?:answer|reply|respond|say|tell|transfer|give)\b",
    r"\b(?:call|invoke|use|run|execute|trigger)\s+(?:the\s+)?(?:tool|function)\b|\b(?:call|invoke|run|execute)\s+(?:the\s+)?\w+_\w+\b",
    r"\b(?:as|being)\s+an?\s+(?:ai|artificial intelligence|language model|llm)\b|\bjailbreak|\bprompt injection\b|\bdeveloper mode\b",
    r"\b(?:respond|reply|answer)\s+only\s+(?:with|in|by)\b|\bfrom now on,?\s+(?:you|always|answer|respond|reply|only|never)\b(?!\s+(?:will need|can book|may book|need to bring))",
    r"</?\s*(?:system|assistant|user|instructions?|prompt|tool_call|function_call|im_start|im_end|s|inst)\s*/?>|<\|[\w ]{2,20}\|>|\[/?(?:INST|SYSTEM|SYS)\]|<<SYS>>",
    r"(?:^|\n|[.!?]\s)\s*#{0,3}\s*(?:system|assistant|developer)\s*(?:prompt|message)?\s*:\s*\S",
)
_THE_RULES: Final = "(?:指令|指示|规则|規則|提示词|提示詞|提示|设定|設定|命令|要求|限制)"
_CHINESE: Final = (
    rf"(?:忽略|无视|無視|忘记|忘記|忘掉|不要理会|不要遵守|不必遵守|抛弃|跳过|绕过|繞過|覆盖)[^。！？\n]{{0,12}}{_THE_RULES}",
    r"(?:忽略|忘记|忘記|无视|無視)(?:你|以上|上面|之前|前面|先前|此前)[^。！？\n]{0,10}(?:内容|內容|一切|所有|的话|說的|说的)",
    r"(?:你|您)(?:现在|現在|从现在起|從現在起|将|將)?(?:是|扮演|充当|變成|变成|成为|成為)[^。！？\n]{0,12}(?:助手|助理|机器人|機器人|模型|人工智能|AI|客服|管理员|管理員|系统|系統)",
    r"(?:从|從)(?:现在|現在)(?:起|开始|開始)[，,]?(?:你|请只|請只|只能|必须|必須|不要)",
    r"(?:系统|系統)(?:提示词|提示詞|提示语|提示|指令|消息|讯息)[：:是的]|提示词|提示詞|越狱模式|越獄模式|开发者模式|開發者模式",
    r"(?:不要|不得|别|別|切勿|禁止)(?:告诉|告訴|告知|透露给|透露給|通知|让|讓)(?:来电者|來電者|来电人|打电话的人|用户|用戶|呼叫者|对方|對方)",
    r"(?:告诉|告訴|告知|要求|说服|說服)(?:所有|每个|每位|每個|任何)?(?:来电者|來電者|来电人|打电话的人|用户|用戶|呼叫者)",
    r"(?:当|當|如果|若)(?:来电者|來電者|来电人|用户|用戶|呼叫者)[^。！？\n]{0,20}(?:回答|回复|回覆|告诉|告訴|说|說|转接|轉接)",
    r"(?:作为|作為)(?:一个|一個|一名)?(?:AI|人工智能|语言模型|語言模型|大模型|智能助手)|(?:致|给|給)(?:AI|人工智能|语言模型|智能)(?:助手|助理|模型)?[：:，,]",
    r"(?:输出|輸出|显示|顯示|透露|复述|複述|重复|重複)(?:你|您)的[^。！？\n]{0,6}(?:提示|指令|规则|規則|设定|設定)",
    r"(?:调用|調用|执行|執行|运行)[^。！？\n]{0,8}(?:工具|函数|函數)|(?:调用|調用|执行)\s*\w+_\w+",
)
_SPOKEN_TO: Final = re.compile("|".join(f"(?:{pattern})" for pattern in (*_ENGLISH, *_CHINESE)), re.I)


def is_suspicious(passage: Passage) -> bool:
    """Whether its text or heading speaks to a model. A wrong yes costs an admin a look, a wrong no little more."""
    return bool(_SPOKEN_TO.search(passage.text) or _SPOKEN_TO.search(passage.heading))
