"""Word lists that the rules share: what words are ordinary, which are names, how Chinese is simplified."""

from typing import Final


def listed(text: str) -> frozenset[str]:
    """The words of a list that is written as one text."""
    return frozenset(text.split())


_TRADITIONAL: Final = (
    "電电話话號号碼码郵邮編编門门證证醫医療疗健健診诊診诊現现預预約约週周禮礼點点兩两鐘钟鍾钟個个時时這这間间"
    "歲岁塊块錢钱國国東东達达區区樓楼單单層层縣县鎮镇鄉乡號号陳陈張张劉刘楊杨黃黄趙赵吳吴許许鄭郑謝谢馬马"
    "蕭萧葉叶蘇苏呂吕盧卢蔣蒋賈贾韓韩馮冯鄧邓羅罗龔龚錢钱孫孙鐘钟譚谭陸陆賴赖範范閻阎韋韦鄒邹顧顾龍龙萬万"
    "華华麗丽蓮莲靜静偉伟傑杰龍龙鳳凤強强紅红軍军芳芳蘭兰潔洁嬌娇榮荣慶庆寶宝貴贵銀银鋒锋鵬鹏飛飞輝辉濤涛"
    "遠远進进學学業业義义興兴國国慧慧嘉嘉詠咏詩诗思思儀仪瑩莹穎颖瓊琼娟娟運运發发財财聖圣誠诚賢贤樂乐倫伦"
    "凱凯銘铭鈞钧鑫鑫陽阳陰阴雲云嵐岚藝艺夢梦歡欢愛爱憶忆應应該该說说請请問问記记給给對对錯错讓让幫帮媽妈"
    "爺爷孫孙兒儿爾尔們们會会過过還还邊边從从來来後后裡里裏里開开關关聯联係系絡络機机線线傳传簡简訊讯網网"
    "將将與与為为麼么嗎吗誰谁幾几數数據据實实際际總总統统醫医藥药劑剂檢检驗验報报單单護护險险畫画顯显駕驾"
    "執执卡卡賬账帳账戶户聽听講讲讀读寫写結结婚婚題题頭头臉脸體体歷历曆历農农舊旧長长槓杠劃划綫线橫横"
    "灣湾廣广濱滨溫温蘭兰維维多多倫伦麥麦蔡蔡連连鍵键圓圆符符無无樣样視视見见剛刚纔才緊紧"
    "嬸婶聲声買买賣卖車车東东僑侨啟启岡冈島岛峰峰幣币幹干廟庙彥彦恆恒懷怀戰战擇择擔担敘叙斷断曉晓書书權权"
    "條条歐欧歲岁殘残滿满灑洒燈灯營营獨独環环瑪玛異异畢毕盡尽監监礙碍稱称穩稳競竞筆笔糧粮純纯紀纪級级細细"
    "終终組组經经綠绿繼继續续織织繳缴纖纤聞闻職职脫脱腦脑膚肤臺台舉举艦舰茲兹莊庄蔭荫處处衛卫補补複"
    "复親亲覺觉觀观"
    "訂订計计設设試试詳详認认語语調调論论識识議议變变貝贝負负費费資资賓宾質质軟软輕轻較较載载辦办邁迈鄰邻醜丑"
    "針针鋼钢鎖锁長长閃闪閉闭閱阅陣阵雙双雜杂離离難难電电靈灵項项順顺須须頓顿預预領领頸颈頻频顆颗類"
    "类願愿風风餐餐飯饭養养館馆驚惊"
)
SIMPLIFIED: Final = dict(zip(_TRADITIONAL[::2], _TRADITIONAL[1::2], strict=True)) | {
    "廿": "二十",
    "卅": "三十",
}
"""Traditional characters that cues, numbers and names are written with."""

FILLERS: Final = listed(
    """
    uh um uhm umm uhh er erm ah eh hmm hm mm mhm mmhm like well so okay ok yeah yes yep yup sure oh
    right actually basically just please alright
    """
)
FUNCTION: Final = FILLERS | listed(
    """
    a an the this that these those i me my mine we us our you your yours he him his she her hers it its
    they them their who whom whose which what when where why how if or and but nor not no none nothing
    than then as at by for from in into of off on onto out over to too under up down with without within
    about above after again against all also any anything anyone because been before behind being below
    between both can cannot could did do does doing done don't doesn't didn't isn't aren't wasn't can't
    couldn't won't wouldn't shouldn't during each either else ever every few had has have having here
    there i'm i'd i'll i've it's that's he's she's they're we're you're let's what's who's where's
    there's here's am is are was were be may might must shall should would will more most much many now
    only other same some such still through until very while yet never maybe since once ma'am sir
    """
)
"""Words that are no name unless they are written like one."""
COMMON: Final = FUNCTION | listed(
    """
    came went somebody someone anybody anyone everybody everyone nobody set put got gave told brought sent
    took drove dropped picked handed helped showed knows knew kept lost made paid ran reads
    able accept access accident account ache action add address adult afternoon ago agree ahead allergic
    allergies allergy alone already always amazing another answer antibiotics anxiety anxious apologies
    apologize apartment appointment appointments apply appreciate april arm around arrange arrive ask
    asked asking asthma august aunt available away baby back bad bathroom because bed began begin
    believe best better big bill birth birthday bit bleeding block blood blue body book booked booking
    born bother bought bottom box boy brain break breathe bright bring broken brother brown bus business
    busy button buy call called caller calling calls calm cancel cancelled car card care careful case
    cause cell certain chance change changed charge chart check checkup chest child children choose
    christmas city class clean clear clinic close closed code cold come comes comfortable coming common
    complete completely concerned condition confirm confirmed confused confusing connect consult contact
    continue cool copy correct cost cough couple course cousin cover covered crazy create current
    currently curious cut dad daily date daughter day days dead deal dear december decide definitely
    delay dental dentist depends desk details diabetes diabetic diagnosed different difficult dinner
    direct dizzy doctor doctors doctor's document dog dollar dollars door double doubt dose dot driver
    drop drug due ear earlier earliest early earth easier easy eat eight eighteen eighth eighty eleven
    email emergency employee empty end english enough enter entire evening eventually everyone
    everything exact exactly exam example excellent except exciting excuse expect expired explain
    extension extra extremely eye face fact fall family fantastic far fast father fault favor fax
    february feel feeling feels fees feet felt fever fifteen fifteenth fifth fifty figure file filed
    fill final finally find fine finger finish first five flight flu folks follow following food foot
    forever forget forgot form fortunate forty forward found four fourteen fourth free friday friend
    from front full fun funny further future general gentle get gets getting girl girlfriend give given
    giving glad go goes going gone good goodbye got grab grandma grandson granddaughter grandmother
    grandfather great green ground group guess guy guys hair half hand hang happen happened happy hard
    hate head headache health healthy hear heard hearing heart heavy hello help helpful hers hey hi high
    hip hit hold holiday home honest honestly hope hospital hot hour hours house hundred hungry hurry
    hurt hurting hurts husband idea ill immediately important impossible included infection information
    inquiring inquiry inside instead insurance interested issue item january job join july june keep
    kept key kid kidney kids kind knee knew know known lab lady language large last late later latest
    lawyer least leave leaving left leg less let letter letters licence license life light line list
    listen listening little live lives living local located location long longer look looking looks lose
    lost lot lots loud love low lower luck lucky lunch mad made mail main make makes making male man
    mandarin march married matter mean means medical medication medicine meet meeting member mention
    mentioned menu message met middle mild milk million mind mine minor minute minutes miss missed
    missing mistake mobile mom moment monday money month monthly months morning mother mouth move moved
    moving mum name names near nearly neck need needed needs negative neighbor nervous new news next
    nice night nine nineteen ninety ninth noon normal normally nose note noticed november number numbers
    nurse october offer office often okay old older one ones online open opening option options order
    original others otherwise outside overseas own page paid pain painful paper parent parents park
    parking part partner party pass passed past patient patients pay payment people perfect perfectly
    perhaps period person personal pharmacy phone physical pick picked picture piece pill pills place
    plan play plus point police policy poor positive possible possibly post postal practice prefer
    pregnant prepare prescribed prescription press pressure pretty previous price priority private
    probably problem problems proceed process program proper provide provider public pull push put
    question questions quick quickly quiet quite rather read ready real really reason receive received
    recently reception receptionist recommend record records red refer referral referred refill
    regarding regards register registered registration regular related relative relax remember remind
    reminder remove renew repeat replace reply report request require reschedule rescheduled
    rescheduling rest result results retired return returning ridiculous road room rough round rude run
    running sad safe said same saturday save saw say saying says schedule scheduled scheduling school
    season seat second see seem seems seen self send senior sense sent september serious service
    services seven seventeen seventh seventy severe shape share sharp she shot shots should shoulder
    show shut sick side sign significant similar simple single sister sit six sixteen sixth sixty skin
    sleep slightly slot slow slowly small smart smoke snow solid someone something sometimes son soon
    sooner sore sorry sort sound sounds speak speaker speaking special specialist spell spelled spelling
    spelt spoke spoken spot spouse spring staff stand standard start started starting state stay step
    stomach stop store straight strange street stress stressed strong student stuff stupid such sudden
    suddenly suffering sugar summer sunday super supposed surgery surprised swelling swollen symptoms
    system take taken takes taking talk talked talking tall teacher team teeth telephone tell ten tenth
    terrible terrific test tested text thank thanks thanksgiving their therapist therapy thing things
    think third thirteen thirty thought thousand three throat through thursday tight time times tired
    today together told tomorrow tonight took top total touch tough toward traffic transfer travel
    treatment tried triple trouble truck true truly trust try trying tuesday turn twelfth twelve twenty
    twice two type unable uncle understand understood unfortunately unit until update updated upset
    urgent urgently usual usually vacation vaccine verify video virus visit visits voice voicemail
    vomiting wait waiting walk walking wall want wanted wants warm wasn watch water way weak wear
    weather website wednesday week weekend weekly weeks weight weird welcome went west wet whatever
    wheelchair whenever wherever whether white whole wife window winter wish woman wonder wonderful
    wondering word words work worked working works world worried worry worse worst worth wrist write
    writing wrong yard year years yellow yesterday young younger yourself zero review control
    observation investigation construction warranty anaesthetic english chinese cantonese french spanish
    downtown vancouver toronto canada mark grace rose faith joy art hope dawn eve sunny drew pat sue ray
    penny ginger ivy lily olive iris daisy angel christian dean duke earl king black gray grey bell cook
    baker hall church bush rich stark swift wise price wood woods rice lake stone field hill frank jack
    rob bob chase hunter melody harmony crystal amber ruby pearl jade violet heather robin jay gene guy
    victor major junior prince glory constance patience prudence charity destiny trinity autumn stormy
    star sky rain river brook cliff glen dale lane miles max rusty sandy misty candy honey cherry basil
    sage herb reed forest chip buck van bun pond mason carter taylor tanner porter parker fisher archer
    fox wolf lamb bird finch crane drake swan nice day may so long man song fan tang yang she you hong
    kong shin chin su in an on do ho ha he ma wan sun moon dong fong fang cut gut tan pan pang ping pong
    ding dang hang bang gong
    """
)
"""Words of everyday calls; a word that is also a name is one of them, and is told by its capital or a cue."""

GIVEN: Final = listed(
    """
    james john robert michael david william richard joseph thomas charles christopher daniel matthew
    anthony steven paul andrew joshua kenneth kevin brian george timothy ronald edward jason jeffrey
    ryan jacob gary nicholas eric jonathan stephen larry justin scott brandon benjamin samuel gregory
    alexander patrick frank raymond dennis jerry tyler aaron jose adam nathan henry douglas zachary
    peter kyle noah ethan jeremy walter keith roger terry austin sean gerald carl harold lawrence jordan
    jesse bryan billy bruce gabriel logan alan juan albert willie elijah wayne randy vincent mason roy
    ralph bobby russell bradley philip eugene oliver liam lucas leo mateo mohammed muhammad ahmed ali
    omar hassan ibrahim raj amit arjun sanjay mary patricia jennifer linda elizabeth barbara susan
    jessica karen sarah lisa nancy sandra betty ashley emily kimberly margaret donna michelle carol
    amanda melissa deborah stephanie rebecca sharon laura cynthia dorothy amy kathleen angela shirley
    emma brenda pamela nicole anna samantha katherine christine debra rachel carolyn janet maria olivia
    catherine helen diane julie victoria joyce lauren kelly christina joan evelyn judith andrea hannah
    megan cheryl jacqueline martha madison teresa gloria sara janice ann kathryn abigail sophia frances
    jean alice judy isabella julia amber denise danielle marilyn beverly charlotte natalie theresa diana
    brittany doris kayla alexis lori marie fatima aisha priya anita sunita leila sophie zoe chloe ava
    mia ella lily amelia ivan olga dmitri elena tony tom tim jim joe mike dave dan ben sam nick alex
    chris matt steve greg jeff ken ron don fred ted ed kate liz beth jen jenny meg sue peggy wendy cindy
    vivian winnie fiona sally stella jackie jacky johnny bonnie connie eddie henry kenny danny jimmy
    tommy bobby annie katie maggie mei ming wei li hua jing ying xin yan lan hong ping jun meiling
    xiaoming xiaohua xiaoli wenwen lingling jiayi yuting yifan zihan haoran chun fang hui jie juan kai
    lei lin ling na qing rong shan ting xia xue yu yue yun zhen
    """
)
SURNAMES: Final = listed(
    """
    smith johnson williams jones garcia miller davis rodriguez martinez hernandez lopez gonzalez wilson
    anderson thomas moore jackson martin lee perez thompson harris sanchez clark ramirez lewis robinson
    allen wright scott torres nguyen flores adams nelson mitchell campbell roberts carter phillips evans
    turner parker collins edwards stewart morris murphy rogers morgan peterson cooper bailey kelly
    howard ramos kim cox ward richardson watson brooks chavez bennett mendoza ruiz hughes alvarez
    castillo sanders patel myers ross foster jimenez singh kaur gill dhillon sidhu sandhu khan sharma
    gupta kumar tran pham huynh tremblay roy gagnon bouchard macdonald mcdonald campbell fraser macleod
    chen chan li lee wang wong zhang cheung liu lau yang yeung huang zhao chiu wu zhou chow xu hsu zhu
    chu ma hu guo kwok he ho lin lam luo gao kao zheng cheng liang leung xie tse tang song deng han feng
    cao peng zeng xiao tian dong pan yuan cai tsai jiang yu du ye yip cheng su wei lu ding ren shen yao
    jin zhong tan fan fang shi xiong cui liao lai kong qin meng qiu jia zou xue bai hao
    """
)

HAN_SURNAMES: Final = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓韩冯曹彭曾肖萧田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚"
    "沈钟姜崔谭陆范汪廖石金韦贾夏付傅方邹熊白孟秦邱侯江尹薛闫阎段雷龙黎史陶贺毛郝顾龚邵覃武钱戴严莫孔向汤温康"
    "施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟申耿关焦欧柳欧祝纪尚毕卓骆裴凌霍涂詹麦简游阮区甘成古柯房"
    "苗童翁赖辛殷穆曲卫盛佟冼包司连褚尤岑薄蒲卞项祁臧茅窦娄倪滕缪戚路虞柏蔺屈沙晏柴瞿阚鄢蓝谌匡敖谷鞠栾郁"
)
HAN_DOUBLE: Final = (
    *("欧阳", "司徒", "上官", "诸葛", "司马", "东方", "皇甫", "尉迟", "公孙", "慕容", "夏侯"),
    *("范姜", "张简", "令狐", "钟离", "宇文", "长孙", "端木", "独孤", "南宫", "轩辕"),
)

HAN_ORDINARY: Final = listed(
    """
    谢谢 马上 方便 高血 高烧 高兴 高中 高风 安省 安大 安全 安排 安静 白天 白人 白内 白细 白血 白色 任何
    何时 何处 何种 包括 包扎 包皮 温哥 温度 温和 程序 程度 万一 时间 石头 石膏 单身 单亲 单独 毛病 严重
    关于 关节 关心 关门 于是 连续 计划 计算 成年 成人 成功 许多 向来 应该 康复 焦虑 牛奶 牛皮 金属 古巴
    左边 家属 家长 华人 司机 钱包 钱不 全部 全家 全职 明天 易过 易怒 甘油 龙虾 花粉 花生 孔子 江边 江西
    海鲜 水果 林荫 房间 房子 路上 路过 柳叶 施工 成天 全身 连走 文件 文员 曲张 童年 苗条 齐全 和 向您
    宁可 强直 古怪 雷雨 黄疸 黄金 黄色 黄斑 熊猫 石化 马来 马拉 汗 汤药 常常 乔迁 伍佰 万分 万里 费用
    简单 简直 邮件 章节 游客 游泳 麦当 贺卡 季节 凌晨 时候 余下 武汉 祝您 祝你 卫生 连锁 盛产 欧洲 东方
    上官方 段时 金额 尚未 毕业 毕竟 应付 经理 顾客 顾问 雷同
    """
)
"""How ordinary words begin whose first character is also a surname."""

UNITS: Final = listed(
    """
    dollars dollar bucks cents cent cad usd mg milligram milligrams mcg microgram micrograms ml
    millilitre milliliter milliliters millilitres gram grams kg kilo kilos pound pounds lbs tablet
    tablets pill pills capsule capsules puff puffs drop drops units iu times minute minutes mins min
    hour hours hrs hr day days week weeks month months year years percent am pm o'clock oclock people
    patients doctors blocks km kilometers kilometres feet foot inches cm degrees appointments slots
    openings calls visits kids children steps sessions refills
    """
)
HAN_UNITS: Final = frozenset(
    "个点分月号日年岁天周块元毫片粒次位下起定样直些会共刻半小层楼室度斤公种家遍般边百千万克滴颗盒支针瓶米时秒"
)

BRIDGE: Final = FILLERS | listed(
    """
    go ahead on got it and then next the rest continue thanks thank you perfect great good listening i
    i'm see hold let me check wait sec moment now that it's that's is correct huh gotcha mm-hmm next
    what's after that following cool lovely writing down have so far cut out
    """
)
"""What the other says while a number is dictated."""
HAN_BRIDGE: Final = frozenset(
    "好的嗯是对请继续说然后呢记下了您呃啊哦喔唔那还有接着讲再来慢我在听可以行没问题喂断"
)
