package charset

type script uint8

const (
	noScript script = iota
	latin
	cyrillic
	greek
	hebrew
	arabic
)

// tongue is a language that is written in Latin letters: those it has beyond
// ASCII, in lower case. No vowel follows one of soft, and only e, o or an end
// one of nasal.
type tongue struct{ letters, soft, nasal string }

// What languages an encoding was made for. Letters that are rare to the point
// of being another encoding's slip are left out.
var (
	western = []tongue{
		{letters: "äöüß"},                       // German
		{letters: "àâæçéèêëîïôœùûüÿ"},           // French
		{letters: "áéíñóúüç"},                   // Spanish
		{letters: "ãáâàçéêíóôõúü", nasal: "ãõ"}, // Portuguese
		{letters: "àèéìíîòóùú"},                 // Italian
		{letters: "åäöéüàšž"},                   // Swedish, Finnish
		{letters: "åæøéèêóòôäöü"},               // Danish, Norwegian
		{letters: "áðéíóúýþæö"},                 // Icelandic
		{letters: "äëéèïöüóáíê"},                // Dutch
		{letters: "àçèéíïòóúü"},                 // Catalan
		{letters: "äõöüšž"},                     // Estonian
	}
	central = []tongue{
		{letters: "ąćęłńóśźż", soft: "ćńśź"}, // Polish
		{letters: "áčďéěíňóřšťúůýž"},         // Czech
		{letters: "áäčďéíľňóôšťúýž"},         // Slovak
		{letters: "áéíóöőúüű"},               // Hungarian
		{letters: "ăâîşţ"},                   // Romanian
		{letters: "čćđšž"},                   // Croatian, Slovene
		{letters: "äöüß"},                    // German
	}
	turkish = []tongue{{letters: "âçğıîöşüûi"}} // the dotted capital is an i in lower case
)

// cyrillicTongues are the letters of Russian and Bulgarian, Ukrainian,
// Belarusian, Serbian and Macedonian.
var cyrillicTongues = []string{
	"абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
	"абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
	"абвгдеёжзійклмнопрстуўфхцчшыьэюя",
	"абвгдђежзијклљмнњопрстћуфхцчџшѓѕќ",
}

// The characters that names and departments are mostly written with. Read
// under another encoding, a text has few of them.
const (
	chineseNames = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文" +
		"伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂华红玉建国志海燕梅玲雪春晓宇欣子轩浩然梓涵思怡佳俊峰鑫鹏飞波辉斌凯旭东宁小大天中新成云山永德生光荣慧婷莉琳颖洁倩薇" +
		"部公司技术销售市场人事财务研发行政管理经理总学校年级班姓名编号上海北京广州深圳的一在有是不了员工程师系"
	traditionalNames = "王李張劉陳楊趙黃周吳徐孫胡朱高林何郭馬羅梁宋鄭謝韓唐馮于董蕭程曹袁鄧許傅沈曾彭呂蘇盧蔣蔡賈丁魏薛葉余潘杜戴夏鍾汪田任姜范方石姚譚廖鄒熊金陸孔白邱秦江史顧侯邵孟龍萬段雷錢湯尹黎洪莊游詹賴簡" +
		"偉芳娜秀英敏靜麗強磊軍洋勇艷傑娟濤明超蘭霞平剛桂華紅玉建國志海燕梅玲雪春曉宇欣子軒浩然思怡佳俊峰鵬飛波輝凱旭東寧小大天中新成雲山永德生光榮慧婷莉琳穎潔雅惠淑美貞家豪冠廷承翰柏宗信瑋怡君" +
		"部公司技術銷售市場人事財務研發行政管理經理總學校年級班姓名編號台北高雄香港的一在有是不了員工程師系業"
	japaneseNames = "佐藤鈴木高橋田中伊渡辺山本村小林加吉口松井清斎阿部森池橋石川前後岡長谷藤近坂上遠青福西太島三中原大野竹内金子和丸今増平菅千葉久保工宮崎酒横新安内河" +
		"一二郎太朗子美智恵真由介香奈裕健翔大輝優拓也直樹雄浩正明博之彦男幸夫洋秀信隆誠友花愛菜結衣陽桜葵理沙彩春夏秋冬孝則光弘文哉斗" +
		"部課営業総務人事経理開発技術本社支店東京都区市町県大阪学校年組氏名社員番号所属長係株式会"
	koreanNames = "김이박최정강조윤장임한오서신권황안송류유전홍고문양손배백허남심노하곽성차주우구민진지나엄채원천방공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국" +
		"영수철희준호경숙자미은혜상동재훈승우용태환병규창근식광순향란분복례덕만춘형빈아예린율솔슬별찬욱혁섭균범겸시세보람다라윤가을봄빛" +
		"부과팀대리사원차장업무관리총무인사개발기술연구서울산대학교년반이름번호소속직급의을를에로와학생회사본점"
)
