package bench

// place is where people come from, with names that are usual there.
type place struct {
	code, region, country string
	joined                bool // the last name comes first, without a space
	cities, first, last   []string
}

var (
	roles       = []string{"driver", "dispatcher", "warehouse", "customs", "manager", "support"}
	groups      = []string{"night-shift", "hazmat", "reefer", "first-aid", "sea-freight", "air-freight", "long-haul", "hq"}
	departments = []string{"Road transport", "Dispatch", "Warehousing", "Customs", "Customer support", "Operations"}
	handles     = []string{"ana", "ben", "chi", "dov", "eva", "fay", "gus", "hao", "ida", "jun", "kai", "lea", "mio", "noa", "oki", "pia",
		"rui", "sam", "tom", "uma"}
	statuses = []string{"On the road until Friday", "In a meeting, back at noon", "Working from the depot",
		"Call the front desk, please", "Bin gleich zurück", "En congé jusqu’à lundi", "夜勤 22:00–06:00", "On shift 🚚"}
)

var places = []place{
	{code: "ie", region: "europe", country: "Ireland", cities: []string{"Dublin", "Cork", "Galway"},
		first: []string{"Aoife", "Conor", "Niamh", "Declan", "Orla", "Patrick"}, last: []string{"O’Connor", "Murphy", "Byrne", "Kelly",
			"Walsh", "Doyle"}},
	{code: "us", region: "americas", country: "United States", cities: []string{"Savannah", "Houston", "Oakland"},
		first: []string{"Danielle", "Marcus", "Heather", "Tyler", "Jasmine", "Robert"}, last: []string{"Whitfield", "Harper", "Coleman",
			"Reyes", "Sullivan", "Greene"}},
	{code: "ng", region: "africa", country: "Nigeria", cities: []string{"Lagos", "Port Harcourt", "Kano"},
		first: []string{"Chidinma", "Emeka", "Ngozi", "Tunde", "Amina", "Ibrahim"}, last: []string{"Okafor", "Adeyemi", "Balogun", "Eze",
			"Musa", "Obi"}},
	{code: "nl", region: "europe", country: "Netherlands", cities: []string{"Rotterdam", "Utrecht", "Venlo"},
		first: []string{"Femke", "Daan", "Sanne", "Bram", "Lotte", "Joost"}, last: []string{"van der Meer", "de Vries", "Bakker", "Visser",
			"Smit", "Mulder"}},
	{code: "id", region: "asia-pacific", country: "Indonesia", cities: []string{"Surabaya", "Jakarta", "Medan"},
		first: []string{"Siti", "Budi", "Dewi", "Agus", "Rina", "Eko"}, last: []string{"Rahayu", "Santoso", "Wijaya", "Lestari", "Nugroho",
			"Hidayat"}},
	{code: "it", region: "europe", country: "Italy", cities: []string{"Genoa", "Trieste", "Naples"},
		first: []string{"Matteo", "Giulia", "Luca", "Chiara", "Paolo", "Elisa"}, last: []string{"Ferrari", "Ricci", "Moretti", "Conti",
			"Greco", "Bruno"}},
	{code: "pl", region: "europe", country: "Poland", cities: []string{"Gdańsk", "Gdynia", "Wrocław"},
		first: []string{"Łukasz", "Zofia", "Paweł", "Małgorzata", "Józef", "Anna"},
		last:  []string{"Wiśniewski", "Nowak", "Wójcik", "Kamińska", "Zieliński", "Dąbrowska"}},
	{code: "br", region: "americas", country: "Brazil", cities: []string{"Santos", "Vitória", "Itajaí"},
		first: []string{"João", "Thiago", "Inês", "Gabriela", "Antônio", "Letícia"}, last: []string{"Araújo", "Gonçalves", "Ferreira",
			"Magalhães", "Conceição", "Silva"}},
	{code: "ua", region: "europe", country: "Ukraine", cities: []string{"Odesa", "Lviv", "Dnipro"},
		first: []string{"Оксана", "Дмитро", "Ірина", "Андрій"}, last: []string{"Коваленко", "Шевчук", "Бондар", "Мельник"}},
	{code: "cn", region: "asia-pacific", country: "China", joined: true, cities: []string{"Shanghai", "Ningbo", "Shenzhen"},
		first: []string{"秀英", "伟", "芳", "建国", "丽", "强"}, last: []string{"王", "李", "张", "陈", "刘", "杨"}},
}
