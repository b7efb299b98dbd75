"""Every sentence the desk's tools say, in each language, side by side for those who review the words.

Times and dates come ready-made from `speech.times`. A Chinese line is written in Chinese, not
translated word by word.
"""

from dataclasses import dataclass
from typing import Final

from frontdesk.speech.language import Language


@dataclass(frozen=True)
class Sentence:
    """One thing to say, with the same blanks in both languages."""

    en: str
    zh: str

    def say(self, language: Language, **facts: object) -> str:
        """The sentence in that language, its blanks filled."""
        return (self.zh if language == "zh" else self.en).format(**facts)


# Our side failed.
UNREACHABLE: Final = Sentence(
    "I'm sorry, I couldn't reach the schedule just now, so nothing was looked up or changed.",
    "抱歉，我暂时连不上预约系统，没有查到也没有改动任何内容。",
)
NOTHING_DONE: Final = Sentence(
    "I'm sorry, I couldn't reach the schedule just now, so nothing was booked or changed.",
    "抱歉，我暂时连不上预约系统，刚才没有约上，也没有改动。",
)
UNSURE: Final = Sentence(
    "I'm sorry, the connection dropped and I can't tell whether that went through. Let me check first.",
    "抱歉，刚才连接断了，我不确定是否成功，让我先核实一下。",
)
EMR_AWAY: Final = Sentence(
    "I'm sorry, I can't reach the clinic's own system just now, so nothing was looked up or changed. Shall I"
    " put you through to somebody?",
    "抱歉，我现在连不上诊所的系统，没有查到也没有改动任何内容。要我帮您转接诊所的人吗？",
)
EMR_UNSURE: Final = Sentence(
    "I'm sorry, the clinic's system didn't tell me whether that went through. Somebody will check it and call"
    " you back. Or shall I put you through now?",
    "抱歉，诊所的系统没有告诉我刚才是否成功。会有人核实后给您回电。要我现在帮您转接吗？",
)
EMR_CANNOT: Final = Sentence(
    "I'm sorry, I can't do that in this clinic's system. Shall I put you through to somebody who can?",
    "抱歉，这件事我没办法在这家诊所的系统里办。要我帮您转接能办的人吗？",
)
CHANGED_THERE: Final = Sentence(
    "The clinic has changed that appointment in the meantime. Let me look at it again first.",
    "诊所刚刚改动过这个预约，让我先重新看一下。",
)
LINE_NOT_SET_UP: Final = Sentence(
    "I'm sorry, this line isn't set up yet. Please call the clinic's main number.",
    "抱歉，这条线路还没有开通，请拨打诊所总机。",
)
# Said in place of an agent, by a voice that hears nothing; `EMERGENCY` stands before each.
EMERGENCY: Final = Sentence(
    "If this is a medical emergency, please hang up and call 911.",
    "如有紧急医疗情况，请挂断电话，拨打九一一。",
)
CLOSED: Final = Sentence(
    "{name} is closed now. Our hours are: {hours}. Please call again then.",
    "{name}现在休息。营业时间：{hours}。请在营业时间再打来。",
)
NOT_TAKEN: Final = Sentence(
    "I'm sorry, this number's calls can't be taken on this line.", "抱歉，这条线路无法接听您的来电。"
)
NOBODY_ANSWERS: Final = Sentence(
    "I'm sorry, nobody can take your call just now. Please call again in a few minutes.",
    "抱歉，现在暂时无法接听您的电话，请过几分钟再打来。",
)
SAY_AGAIN: Final = Sentence("I'm sorry, could you say that again?", "不好意思，请您再说一遍好吗？")

# Who is calling.
FOUND_BY_NAME: Final = Sentence("I found a file for {name}.", "我找到了{name}的档案。")
PROVEN: Final = Sentence("Thank you, {name}. I have your file.", "谢谢您，{name}，我已经找到您的档案。")
ASK_FIRST_NAME: Final = Sentence(
    "There is more than one person on this number. What is your first name?",
    "这个号码下有不止一位患者，请问您的名字是什么？不用带姓。",
)
ASK_NUMBER: Final = Sentence(
    "What telephone number does the clinic have for you?", "请问您在诊所登记的电话号码是多少？"
)
NO_PATIENT: Final = Sentence(
    "I couldn't find a matching file. Could you tell me your full name and date of birth?",
    "我没有找到相符的档案，请告诉我您的全名和出生日期。",
)
SEVERAL_FOUND: Final = Sentence(
    "I found more than one possible file. What is your date of birth?",
    "我找到了几份可能的档案，请问您的出生日期是？",
)
TOO_MANY_ATTEMPTS: Final = Sentence(
    "I'm sorry, I can't confirm who you are this way. Let me pass you to someone at the clinic.",
    "抱歉，我没办法这样确认您的身份，我帮您转接诊所的工作人员。",
)
ASK_BIRTH_DATE: Final = Sentence(
    "For your privacy, please tell me your date of birth first.",
    "为了保护您的隐私，请先告诉我您的出生日期。",
)
WHO_IS_IT_FOR: Final = Sentence(
    "May I have your full name and date of birth first?",
    "请先告诉我您的全名和出生日期，好吗？",
)
NOT_THAT_PATIENT: Final = Sentence(
    "I can only help with the file of the person I'm speaking with.",
    "我只能处理正在通话的这位患者的档案。",
)
PATIENT_FILE: Final = Sentence("I have your file here, {name}.", "{name}，您的档案在这里。")

# The clinic.
CLINIC: Final = Sentence(
    "{name} is at {address}. Today: {today}. The week: {week}.",
    "{name}地址：{address}。今天：{today}。每周：{week}。",
)
CLINIC_OF_NO_ADDRESS: Final = Sentence(
    "This is {name}. Today: {today}. The week: {week}.", "这里是{name}。今天：{today}。每周：{week}。"
)
PROVIDERS: Final = Sentence("You can see {names}.", "您可以预约{names}。")
NO_PROVIDERS: Final = Sentence("I found no such doctor here.", "我们这里没有找到这样的医生。")
NO_SUCH_PROVIDER: Final = Sentence(
    "I couldn't find that doctor. You can see {names}.", "我没有找到这位医生。您可以预约{names}。"
)
NO_SUCH_TYPE: Final = Sentence("We offer {names}. Which one do you need?", "我们提供{names}，您需要哪一种？")

# Times.
OFFER: Final = Sentence("The earliest I have is {time}. Does that work?", "最早是{time}。您看可以吗？")
NOTHING_FREE: Final = Sentence(
    "I don't see anything free in that time. Shall I look further ahead, or put you on the waitlist?",
    "这段时间没有空位。要我往后看看，还是帮您加入候补名单？",
)
NOTHING_BEFORE: Final = Sentence(
    "I don't see anything free before {day}. Shall I look from then on, or put you on the waitlist?",
    "{day}之前没有空位。要我看那之后的时间，还是帮您加入候补名单？",
)
NOTHING_SEEN: Final = Sentence(
    "I can't see every calendar at the moment, so I have no time to offer there. Shall I put you through to"
    " the clinic, or put you on the waitlist?",
    "我现在看不到全部日程，所以没有可以约的时间。要我帮您转接诊所，还是加入候补名单？",
)
KEPT: Final = Sentence(
    "A time has come free, and we kept it for you: {time}. Does that work?",
    "有一个空出来的时间，我们给您留着：{time}。您看可以吗？",
)
TIME_WITH: Final = Sentence("{when} with {provider}", "{when}，{provider}")
AT_LOCATION: Final = Sentence(", at {location}", "，在{location}")
APPOINTMENTS: Final = Sentence("You have {list}.", "您有以下预约：{list}。")
APPOINTMENT: Final = Sentence("{type} with {provider}, {when}", "{when}，{provider}，{type}")
REQUEST: Final = Sentence(
    "{type} with {provider}, {when}, which the clinic has yet to confirm",
    "{when}，{provider}，{type}，等待诊所确认",
)
NO_APPOINTMENTS: Final = Sentence("I see no appointments in that time.", "这段时间没有查到您的预约。")
FREE_TIMES: Final = Sentence("Free times: {list}.", "可以预约的时间：{list}。")

# Booking.
BOOKED: Final = Sentence("You're booked with {provider}, {when}.", "已为您预约{provider}，{when}。")
REQUESTED: Final = Sentence(
    "I've asked the clinic for {when} with {provider}. It isn't confirmed yet; the clinic will let you know.",
    "已向诊所申请{when}，{provider}。还没有确认，诊所会通知您。",
)
MOVE_REQUESTED: Final = Sentence(
    "I've given back your old time and asked the clinic for {when} with {provider}. It isn't confirmed yet;"
    " the clinic will let you know.",
    "已取消原来的时间，并向诊所申请{when}，{provider}。还没有确认，诊所会通知您。",
)
MOVED: Final = Sentence(
    "Your appointment is now with {provider}, {when}.", "您的预约已改为{provider}，{when}。"
)
TAKEN: Final = Sentence("That time has just been taken.", "这个时间刚刚被约走了。")
TAKEN_OFFER: Final = Sentence(
    "That time has just been taken. I could offer {times}.", "这个时间刚刚被约走了。还可以选{times}。"
)
NOT_OPEN_OFFER: Final = Sentence(
    "That time isn't available. I could offer {times}.", "这个时间不能预约。还可以选{times}。"
)
NOT_OPEN: Final = Sentence(
    "That time isn't available. Which other day would suit you?", "这个时间不能预约。您还有哪天方便？"
)
NOT_SEEN_OFFER: Final = Sentence(
    "I can't see that doctor's calendar at the moment, so I can't book that time. I could offer {times}.",
    "我现在看不到这位医生的日程，不能约这个时间。还可以选{times}。",
)
NOT_SEEN: Final = Sentence(
    "I can't see that doctor's calendar at the moment, so I can't book that time. Shall I put you through to"
    " the clinic, or put you on the waitlist?",
    "我现在看不到这位医生的日程，不能约这个时间。要我帮您转接诊所，还是加入候补名单？",
)
OLD_TIME_STANDS: Final = Sentence(
    "{why} Your appointment stays as it was: {when}.", "{why}您原来的预约不变：{when}。"
)
IN_THE_PAST: Final = Sentence(
    "That time is already past. Which day would you like?", "这个时间已经过了，您想约哪天？"
)
TOO_FAR: Final = Sentence(
    "We book up to {days} days ahead. Is there a nearer day that works?",
    "我们最多提前{days}天预约，您看近一点的日子可以吗？",
)
NO_SUCH_HOUR: Final = Sentence(
    "The clocks change then, so that time doesn't exist. Which other time would you like?",
    "那天夏令时调整，这个时间不存在，请换一个时间。",
)
NOT_DONE_BY: Final = Sentence(
    "That doctor doesn't do {type}. For that you can see {names}.", "这位医生不做{type}，您可以预约{names}。"
)
IN_PERSON_ONLY: Final = Sentence(
    "{type} is in person only. Would you come to the clinic?", "{type}只能到诊所就诊，您方便过来吗？"
)
NEW_PATIENTS_ONLY: Final = Sentence(
    "{type} is for new patients only. Which other kind of visit do you need?",
    "{type}只面向新患者，您需要哪一种其他就诊？",
)
TOO_MANY_BOOKINGS: Final = Sentence(
    "I can't make more bookings for this number today. Let me pass you to someone at the clinic.",
    "这个号码今天的预约次数已经到上限了，我帮您转接工作人员。",
)
CANCELLED: Final = Sentence(
    "Your appointment with {provider}, {when}, is cancelled.", "已取消您{when}{provider}的预约。"
)
ALREADY_CANCELLED: Final = Sentence("That appointment was already cancelled.", "这个预约之前已经取消了。")
NO_SUCH_APPOINTMENT: Final = Sentence(
    "I can't find that appointment in your file.", "在您的档案里没有找到这个预约。"
)
APPOINTMENT_IS_PAST: Final = Sentence(
    "That appointment is already past, so I can't change it.", "这个预约已经过了，不能再更改。"
)
APPOINTMENT_IS_CANCELLED: Final = Sentence(
    "That appointment is cancelled. Shall we book a new one?", "这个预约已经取消了，要重新预约吗？"
)

# Registering and waiting.
REGISTERED: Final = Sentence("Welcome, {name}. You're registered.", "{name}，欢迎您，已经登记好了。")
NOT_ACCEPTING: Final = Sentence(
    "The clinic isn't taking new patients at the moment. Shall I put you on the waitlist?",
    "诊所目前不接收新患者，要我帮您加入候补名单吗？",
)
LIKELY_DUPLICATE: Final = Sentence(
    "It looks as if there is a file for you already. What is your date of birth, so that I can find it?",
    "您似乎已经有档案了。请告诉我您的出生日期，我来查找。",
)
TOO_MANY_REGISTRATIONS: Final = Sentence(
    "I can't take more registrations from this number today. Let me pass you to someone at the clinic.",
    "这个号码今天的登记次数已经到上限了，我帮您转接工作人员。",
)
WAITLISTED: Final = Sentence(
    "You're on the clinic's waitlist, {name}.",
    "{name}，已经把您加入诊所的候补名单。",
)
ALREADY_WAITLISTED: Final = Sentence(
    "You're on the waitlist already, {name}.", "{name}，您已经在候补名单上了。"
)
LOGGED: Final = Sentence("Noted.", "已记录。")
FORGOTTEN: Final = Sentence(
    "Done. What I remembered of your earlier calls is deleted, and nothing of this call is remembered."
    " Your file, your appointments and the clinic's own record of calls stay.",
    "好的，我记住的您以前来电的内容已经删除，这次通话也不会记住。您的档案、预约和诊所自己的通话记录会保留。",
)
FORGOTTEN_UNPROVEN: Final = Sentence(
    "Done. What I remembered of this telephone number alone is deleted, and nothing of this call is"
    " remembered. What I remember of a patient I can only delete once they have told me who they are.",
    "好的，我只按这个电话号码记住的内容已经删除，这次通话也不会记住。至于按患者记住的内容，要先核实身份才能删除。",
)
NOT_REMEMBERED: Final = Sentence(
    "From now on I won't remember your calls either.", "以后您来电，我也不会再记住了。"
)

# Passing on.
TRANSFERRING: Final = Sentence("I'm connecting you now, please hold.", "正在为您转接，请稍等。")
NOBODY_THERE: Final = Sentence(
    "There's nobody at the desk right now. I've noted that you called.",
    "现在没有工作人员接听。我已经把您的来电记下来了。",
)
TRANSFER_FAILED: Final = Sentence(
    "I couldn't connect you just now. I've noted that you asked.",
    "暂时无法为您转接。我已经把您的来电记下来了。",
)

# What is sent to a telephone. The clinic's name is in front, for the number it comes from says nothing; no
# doctor and no reason. What STOP does is SNS's: no more texts to that number from the whole platform.
TEXTS: Final = {
    "booked": Sentence(
        "{clinic}: your appointment is on {when}. Reply STOP to get no more texts.",
        "【{clinic}】您的预约时间是{when}。不想再收短信请回复STOP。",
    ),
    "pending": Sentence(
        "{clinic}: you asked for {when}. The clinic has yet to confirm it. Reply STOP to get no more texts.",
        "【{clinic}】您申请了{when}的预约，请等待诊所确认。不想再收短信请回复STOP。",
    ),
    "cancelled": Sentence(
        "{clinic}: your appointment on {when} is cancelled. Reply STOP to get no more texts.",
        "【{clinic}】您{when}的预约已取消。不想再收短信请回复STOP。",
    ),
}
"""By the status of the visit."""

# What was decided since the last call.
NEWS_OF_VISIT: Final = {
    "approved": Sentence(
        "The clinic has confirmed your appointment with {provider}, {when}.",
        "诊所已确认您{when}{provider}的预约。",
    ),
    "declined": Sentence(
        "I'm sorry, the clinic couldn't confirm {when} with {provider}. Shall I look for another time?",
        "抱歉，诊所未能确认{when}{provider}的预约。要我另找时间吗？",
    ),
    "lapsed": Sentence(
        "I'm sorry, {when} with {provider} was not confirmed in time. Shall I look for another time?",
        "抱歉，{when}{provider}的预约没有及时得到确认。要我另找时间吗？",
    ),
    "clinic_moved": Sentence(
        "The clinic has moved your appointment with {provider}; it is now {when}. Does that suit you?",
        "诊所调整了您{provider}的预约，现在是{when}。这个时间您方便吗？",
    ),
    "clinic_cancelled": Sentence(
        "I'm sorry, the clinic had to cancel {when} with {provider}. Shall I look for another time?",
        "抱歉，诊所取消了您{when}{provider}的预约。要我另找时间吗？",
    ),
}
NEWS: Final = {
    "waitlist_offer": Sentence(
        "A time you were waiting for has come free, and we keep it for you. Shall I tell you when it is?",
        "您在等的时间空出来了，我们给您留着。要我告诉您是什么时间吗？",
    ),
}
"""By the kind of `communications`."""

CONFIRMED: Final = Sentence(
    "Thank you, I've noted that you're coming {when} to see {provider}.",
    "好的，已经记下您{when}会来看{provider}。",
)
STILL_A_REQUEST: Final = Sentence(
    "That one is still a request: the clinic has yet to confirm it.",
    "这个预约还在申请中，要等诊所确认。",
)
CALLED_NO_MORE: Final = Sentence(
    "I've taken your number off our list. We won't call you this way again.",
    "已经把您的号码从名单上去掉，以后不会再这样给您打电话。",
)

ASK: Final = {
    "phone": Sentence("What's the best phone number for you?", "请问您的电话号码是多少？"),
    "name": Sentence("What name is the file under?", "请问档案上的姓名是什么？"),
    "first_name": Sentence("What is your first name?", "请问您的名字是什么？不用带姓。"),
    "last_name": Sentence("What is your last name?", "请问您贵姓？"),
    "date_of_birth": Sentence("What is your date of birth, with the month by name?", "请问您的出生年月日？"),
    "gender": Sentence("What gender should I put down?", "请问性别怎么登记？"),
    "address": Sentence("What is your street address?", "请问您的街道地址？"),
    "city": Sentence("Which city do you live in?", "请问您住在哪个城市？"),
    "postal_code": Sentence("What is your postal code?", "请问您的邮政编码？"),
    "province": Sentence("Which province is your health card from?", "请问您的医保卡是哪个省的？"),
    "health_card_type": Sentence("Which health card do you have?", "请问您有哪种医保卡？"),
    "health_card_number": Sentence(
        "Could you read me the health card number once more?", "请您再念一遍医保卡号码，好吗？"
    ),
    "email": Sentence("What is your email address?", "请问您的电子邮箱？"),
    "start_date": Sentence("Which day would you like?", "您想约哪一天？"),
    "end_date": Sentence("Until which day should I look?", "您希望查到哪一天为止？"),
    "time_of_day": Sentence(
        "Which days suit you, and morning or afternoon?", "您哪些日子方便，上午还是下午？"
    ),
    "exclude_dates": Sentence("Which days don't work for you?", "哪些日子您不方便？"),
    "start_time": Sentence("Which day and time would you like?", "您想约哪天几点？"),
    "new_start_time": Sentence("Which day and time would you like instead?", "您想改到哪天几点？"),
    "appointment_type": Sentence("What kind of visit is it?", "请问是哪种就诊？"),
    "reason": Sentence("What is the visit about?", "您这次主要想看什么？"),
    "appointment_id": Sentence("Which appointment do you mean?", "您指的是哪个预约？"),
    "provider_id": Sentence("Which doctor would you like to see?", "您想看哪位医生？"),
    "new_provider_id": Sentence("Which doctor would you like to see?", "您想看哪位医生？"),
    "demographic_id": Sentence(
        "May I have your full name and date of birth first?", "请先告诉我您的全名和出生日期。"
    ),
}
"""What to ask the caller when an argument is missing or could not be understood, by its Python name."""

# What the clinic's documents say. `document` is one's name; a page is told where there are pages.
FROM_DOCUMENT: Final = Sentence("That's in our document “{document}”.", "这是《{document}》里写的。")
FROM_PAGE: Final = Sentence(
    "That's in our document “{document}”, page {page}.", "这是《{document}》第{page}页写的。"
)
IN_OTHER_LANGUAGE: Final = Sentence(
    "Our document “{document}” says that in Chinese; in English it is this.",
    "我们的英文文件《{document}》里写了，我用中文说给您听。",
)
TOO_LONG: Final = Sentence(
    "Our document “{document}” says something about that.", "《{document}》里写到了这件事。"
)
TO_BE_CONFIRMED: Final = Sentence(
    "I'd rather have somebody at the clinic confirm that. Shall I connect you?",
    "这件事最好请诊所的工作人员确认一下。要不要我帮您转接？",
)
NOT_SURE: Final = Sentence(
    "I'm not sure what the clinic says about that. Shall I connect you with somebody there, or pass your"
    " question on?",
    "这一点我不太确定。要不要我帮您转接工作人员，或者把您的问题转告诊所？",
)
NOT_IN_DOCUMENTS: Final = Sentence(
    "I can't find that in the clinic's information, and I don't want to guess. Shall I connect you with"
    " somebody there, or pass your question on?",
    "诊所的资料里没有写到这个，我不想随便猜。要不要我帮您转接工作人员，或者把您的问题转告诊所？",
)
