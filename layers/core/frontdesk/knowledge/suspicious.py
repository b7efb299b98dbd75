"""Text that speaks to a model rather than to a patient: found and shown to an admin, never removed.

By rules, in both languages: what such a text must say to be of use. They are measured on the lines of
tests/knowledge/test_suspicious.py; whoever means harm can word it otherwise, so what a model is told is
marked as data wherever it comes from.
"""

import re
from typing import Final

from frontdesk.knowledge.blocks import Passage

_ENGLISH: Final = r"""
    # "Ignore this letter if you have paid" names no rules.
    \b(?:ignore|disregard|forget|override|bypass|overlook|discard|neglect)\s+
        (?:(?:all|any|every|your|the|these|those|my|of|previous|prior|earlier|above|existing|system|safety|other)\s+){1,4}
        (?:\w+\s+)?(?:instruction|rule|prompt|guideline|direction|polic|training|programming|command)
  | \b(?:ignore|disregard|forget)\s+(?:everything|anything|all|what)\b
        [^.!?]{0,30}\b(?:above|before|previous|earlier|told|said|learned)
  | \byou\s+are\s+(?:now|no\s+longer|from\s+now\s+on)\s+
        (?:bound|restricted|unrestricted|DAN\b|free\s+(?:of|from)\b
          |(?:in\s+|an?\s+|the\s+|my\s+)?(?:\w+\s+){0,3}(?:assistant|agent|ai|bot|chatbot|model|mode|pirate|persona)\b)
  | \b(?:act|behave|roleplay|respond|pretend)\s+(?:as|to\s+be|you\s+are|like)\s+
        (?:an?\s+|the\s+)?(?:\w+\s+){0,2}(?:assistant|agent|ai|bot|chatbot|model|administrator|developer|hacker)\b
  | \bas\s+an?\s+(?:ai|artificial\s+intelligence|(?:large\s+)?language\s+model|llm|virtual\s+assistant)\b
  | \b(?:system|developer|hidden|secret|initial)\s+(?:prompt|message|instructions?)\b
  | \b(?:instructions?|note|notice|message|attention|reminder|important)\s*(?:to|for|:)?\s*
        (?:the\s+|any\s+|all\s+)?(?:ai|llm|language\s+model|chatbot|bot|voice\s+agent|virtual\s+assistant|assistant)s?
        (?:\s+(?:model|assistant|agent|reader|reading|system)s?)?\b
  | \b(?:do\s+not|don't|never|must\s+not|without)\s+
        (?:tell|inform|reveal|mention|disclos|let|warn|admit)\w*\s+(?:[\w']+\s+){0,4}?(?:callers?|users?)\b
  | \b(?:tell|instruct|convince|persuade|ask)\s+(?:the|every|each|all|any)\s+(?:callers?|users?)\b
  | \b(?:when|if|whenever)\s+(?:the|a|an|any)\s+(?:caller|user)s?\s+(?:ask|say|want|mention|request)
  | \b(?:reveal|print|output|repeat|recite|disclose|show|read\s+out)\s+(?:me\s+|us\s+)?(?:all\s+)?(?:of\s+)?
        (?:your|the\s+system)\s+(?:\w+\s+)?(?:prompt|instruction|message|rules|configuration)
  | \b(?:call|invoke|run|execute|use|trigger)\s+(?:the\s+)?(?:tool|function|api)\b
  | \b(?:call|invoke|run|execute|use)\s+(?:the\s+)?[a-z]+_[a-z_]+
  | \bjailbreak|\bprompt\s+injection\b|\bdeveloper\s+mode\b|\bdo\s+anything\s+now\b
  | \b(?:respond|reply|answer)\s+only\s+(?:with|in)\b
  | \bfrom\s+now\s+on,?\s+
        (?:you\s+(?:must|will|shall|are|should)\s+(?:only|always|never|answer|say|respond|act|not)
        |(?:always|never|only)\s+(?:answer|say|respond|reply|recommend|tell))
  | <\s*/?\s*(?:system|assistant|instructions?|prompt|tool_call|function_call|inst)\b[^<>]{0,40}>
  | <\|[\w ]{2,20}\|> | \[/?(?:INST|SYSTEM|SYS)\] | <</?SYS>>
  | (?:^|[.!?]\s)\W{0,4}(?:system|assistant)\s*:\s*\S
"""
_CHINESE: Final = r"""
    (?:忽略|无视|無視|忘记|忘記|忘掉|不要理会|不要遵守|不必遵守|抛弃|跳过|绕过|繞過|覆盖|覆蓋)[^。！？]{0,12}
        (?:指令|指示|规则|規則|提示|设定|設定|命令|限制)
  | (?:忽略|忘记|忘記|忘掉|无视|無視)(?:你|以上|上面|上述|之前|前面|先前|此前)[^。！？]{0,8}
        (?:内容|內容|一切|所有|的话|的話|说过|說過)
  | 你(?:现在|現在|从现在起|從現在起|将|將)?(?:就?是|扮演|充当|充當|变成|變成|成为|成為)[^。！？]{0,12}
        (?:助手|助理|机器人|機器人|模型|人工智能|人工智慧|AI|管理员|管理員|海盗)
  | (?:从|從)(?:现在|現在)(?:起|开始|開始)[，,]?(?:你|只能|必须|必須|不要|一律)
  | 系统(?:提示|指令|消息)|系統(?:提示|指令|訊息)|提示词|提示詞|越狱|越獄|(?:开发者|開發者)模式
  | (?:不要|不得|不能|别|別|切勿|禁止)(?:告诉|告訴|告知|透露给|透露給|通知|让|讓|提醒)
        (?:来电者|來電者|来电人|打电话的人|打電話的人|用户|用戶|呼叫者)
  | (?:告诉|告訴|告知|要求|说服|說服)(?:所有|每个|每個|每位|任何)?的?(?:来电者|來電者|来电人|用户|用戶|呼叫者)
  | (?:当|當|如果|若|只要)(?:来电者|來電者|来电人|用户|用戶|呼叫者)
  | (?:作为|作為)(?:一个|一個|一名)?(?:AI|人工智能|人工智慧|语言模型|語言模型|大模型|智能助手)
  | (?:致|给|給)(?:AI|人工智能|语言模型|語言模型|智能)(?:助手|助理|模型)?[：:，,的]
  | (?:输出|輸出|显示|顯示|透露|复述|複述|重复|重複|说出|說出)你的[^。！？]{0,6}
        (?:提示|指令|规则|規則|设定|設定)
  | (?:调用|調用|执行|執行|运行|運行)[^。！？]{0,8}(?:工具|函数|函數|\w+_\w+)
"""
_TO_A_MODEL: Final = re.compile(f"{_ENGLISH} | {_CHINESE}", re.IGNORECASE | re.VERBOSE)


def is_suspicious(passage: Passage) -> bool:
    """Whether its text or heading speaks to a model; a wrong yes costs an admin a look."""
    return any(_TO_A_MODEL.search(text) for text in (passage.text, passage.heading))
