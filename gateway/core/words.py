"""Common English words, most frequent first: what tells a disguised text from a plain one, and where its words end.

The order is that of the counts in the ``wordsegment`` package (Apache License 2.0; the counts are of the Google Web
Trillion Word Corpus), less abbreviations, more the words with which assistants are attacked and talked about.
"""

WORDS = """\
the of and to a in for is on that by this with i you it not or be are from at as your all have new more an was we will
home can us about if page my has search free but our one other do no information time they site he up may what which
their news out use any there see only so his when contact here business who web also now help get pm view online first
am been would how were me services some these click its like service than find price date back top people had list
name just over state year day into email two health world next used go work last most products music buy data make
them should product system post her city add policy number such please available copyright support message after best
software then jan good video well where info rights public books high school through each links she review years order
very privacy book items company read group sex need many user said does set under general research university january
mail full map reviews program life know games way days management part could great united hotel real item
international center ebay must store travel comments made development report off member details line terms before
hotels did send right type because local those using results office education national car design take posted internet
address community within states area want phone shipping reserved subject between forum family long based code show
even black check special prices website index being women much sign file link open today technology south case project
same pages uk version section own found sports house related security both county american photo game members power
while care network down computer systems three total place end following download him without per access think north
resources current posts big media law control water history pictures size art personal since including guide shop
directory board location change white text small rating rate government children during usa return students shopping
account times sites level digital profile previous form events love old john main call hours image department title
description non insurance another why shall property class still money quality every listing content country private
little visit save tools low reply customer december compare movies include college value article york man card jobs
provide food source author different press learn sale around print course job canada process teen room stock training
too credit point join science men categories advanced west sales look english left team estate box conditions select
windows photos gay thread week category note live large gallery table register however june october november market
library really action start series model features air industry plan human provided tv yes required second hot
accessories cost movie forums march september better say questions july yahoo going medical test friend come dec
server study application cart staff articles san feedback again play looking issues april never users complete street
topic comment financial things working against standard tax person below mobile less got blog party payment equipment
login student let programs offers legal above recent park stores side act problem red give memory performance social
august quote language story sell options experience rates create key body young america important field few east paper
single age activities club example girls additional password latest something road gift question changes night hard
texas oct pay four poker status browse issue range building seller court february always result audio light write war
nov offer blue groups easy given files event release analysis request fax china making picture needs possible might
professional yet month major star areas future space committee hand sun cards problems london washington meeting
become interest id child keep enter california porn share similar garden schools million added reference companies
listed baby learning energy run delivery net popular term film stories put computers journal reports try welcome
central images president notice god original head radio until cell color self council away includes track australia
discussion archive once others entertainment agreement format least society months log safety friends sure faq trade
edition cars messages marketing tell further updated association able having provides david fun already green studies
close common drive specific several gold feb living sep collection called short arts lot ask display limited powered
solutions means director daily beach past natural whether due electronics five upon period planning database says
official weather mar land average done technical window france pro region island record direct microsoft conference
environment records district calendar costs style url front statement update parts aug ever downloads early miles
sound resource present applications either ago document word works material bill apr written talk federal hosting
rules final adult tickets thing centre requirements via cheap nude kids finance true minutes else mark third rock
gifts europe reading topics bad individual tips plus auto cover usually edit together videos percent fast function
fact unit getting global tech meet far economic player projects lyrics often subscribe submit germany amount watch
included feel though bank risk thanks everything deals various words linux jul production commercial james weight town
heart advertising received choose treatment newsletter archives points knowledge magazine error camera jun girl
currently construction toys registered clear golf receive domain methods chapter makes protection policies loan wide
beauty manager india position taken sort listings models michael known half cases step engineering florida simple
quick none wireless license paul jailbreak jailbroken prompt prompts override overrides bypass ignore ignored ignoring
disregard reveal revealed unfiltered uncensored unrestricted instruction instructions directive directives guideline
guidelines guardrail guardrails restriction restrictions persona roleplay pretend assistant chatbot passwords
credentials token tokens secret secrets developer config configuration verbatim decode encoded encode base execute
obey comply forget discard abandon dismiss disobey circumvent neglect confidential internal hidden initial prior
earlier anything whatever respond answer output repeat recite dump leak disclose exfiltrate forward upload inbox
invoice iban passport salary birthday malware virus exploit hacker hacking weapon weapons bomb bombs poison drugs kill
murder suicide hate racist election vote politics politician crypto cryptocurrency bitcoin invest investment stocks
diagnosis lawyer lawsuit taxes competitor competitors delete drop admin administrator root sudo shell script api keys
ethics ethical moral morals unethical immoral illegal harmful dangerous consequences summarise summarize summarising
summarizing translate openai chatgpt gpt llm simulate simulation hypothetical fictional character evil amoral mode
enable activate filters filter limitations constraints thank hello tomorrow yesterday whom whose yours mine friday
lake whole annual published later basic sony shows corporate google church method purchase customers active response
practice hardware figure materials fire holiday chat enough designed along among death writing speed countries loss
face brand discount higher effects created remember standards oil bit yellow political increase advertise kingdom near
environmental thought stuff french storage oh japan doing loans shoes entry stay nature orders availability africa
summary turn mean growth notes agency king monday european activity copy although drug pics western income force cash
employment overall bay river commission ad package contents seen players engine port album regional stop supplies
started administration bar institute views plans double dog build screen exchange types soon sponsored lines
electronic continue across benefits needed season apply someone held printer condition effective believe organization
effect asked eur mind sunday selection casino lost tour menu volume cross anyone mortgage hope silver corporation wish
inside solution mature role rather weeks addition came supply nothing certain usr executive running lower necessary
union jewelry according clothing mon com particular fine names robert homepage hour gas skills six bush islands advice
career military rental decision leave british teens pre huge sat woman facilities zip bid kind sellers middle move
cable opportunities taking values division coming tuesday object lesbian appropriate machine logo length actually nice
score statistics client ok returns capital follow sample sent shown saturday christmas england culture band flash ms
lead george choice went starting registration fri thursday courses consumer hi airport foreign artist outside
furniture levels channel letter phones ideas wednesday structure fund summer allow degree contract button releases wed
homes super male matter custom virginia almost took located multiple asian distribution editor inn industrial cause
potential song cnet los focus late fall featured idea rooms female responsible inc communications win associated
thomas primary cancer numbers reason tool browser spring foundation voice eg friendly schedule documents communication
purpose feature bed comes police everyone independent approach cameras brown physical operating hill maps medicine
deal hold ratings chicago forms glass happy tue smith wanted developed safe unique survey telephone sport ready feed
animal sources mexico population regular secure navigation operations therefore ass simply evidence station christian
round paypal favorite understand option master valley recently probably thu rentals sea built publications blood cut
worldwide improve connection publisher hall larger anti networks earth parents nokia impact transfer introduction
kitchen strong tel carolina wedding properties hospital ground overview ship accommodation owners disease excellent
paid italy perfect hair opportunity kit classic basis command cities william express anal award distance tree peter
assessment ensure thus wall ie involved extra especially interface pussy partners budget rated guides success maximum
operation existing quite selected boy amazon patients restaurants beautiful warning wine locations horse flowers stars
significant lists technologies owner retail animals useful directly manufacturer ways est son providing rule mac
housing takes iii bring catalog searches max trying mother authority considered told traffic programme joined input
strategy feet agent valid bin modern senior ireland sexy teaching door grand testing trial charge units instead
canadian cool normal wrote enterprise ships entire educational leading metal positive fitness chinese opinion asia
football abstract uses funds mr greater likely develop employees artists alternative processing responsibility
resolution java guest seems publication pass relations trust van contains session multi photography republic fees
components vacation century academic assistance completed skin graphics indian prev ads mary expected ring grade
dating pacific mountain organizations pop mailing vehicle longer consider int northern behind panel floor german
buying match proposed default require iraq boys outdoor deep morning otherwise allows rest protein plant reported hit
transportation pool mini partner disclaimer authors boards faculty parties fish membership mission eye string sense
modified pack released stage goods recommended born unless richard detailed japanese race approved background target
except usb maintenance ability maybe functions moving brands places pretty trademarks phentermine spain southern
yourself etc winter rape battery youth pressure submitted boston incest debt keywords medium television interested
core break purposes throughout sets dance wood itself defined papers playing awards fee studio reader virtual device
established answers rent las remote dark programming external apple regarding min offered theory enjoy remove aid
surface minimum visual host variety teachers isbn martin manual block subjects agents increased repair fair civil
steel understanding songs fixed wrong beginning hands associates finally updates desktop classes paris ohio gets
sector capacity requires jersey fat fully father electric saw instruments quotes officer driver businesses dead
respect unknown specified restaurant mike trip worth procedures poor teacher eyes relationship workers farm fucking
georgia peace traditional campus tom showing creative coast benefit progress funding devices lord grant sub agree
fiction hear sometimes watches careers beyond goes families led museum themselves fan transport interesting blogs wife
evaluation accepted former implementation ten hits zone complex cat galleries references die presented jack flat flow
agencies literature respective parent spanish michigan columbia setting scale stand economy highest helpful monthly
critical frame musical definition secretary angeles networking path australian employee chief gives bottom magazines
packages detail francisco laws changed heard begin individuals colorado royal clean switch russian largest african
titles relevant justice connect bible basket applied weekly installation described demand suite vegas square chris
attention advance skip diet army auction gear difference allowed correct charles nation selling lots piece sheet firm
seven older illinois regulations elements species jump cells module resort facility random pricing certificate
minister motion looks fashion directions visitors documentation monitor trading forest calls coverage couple giving
chance vision ball ending clients actions listen discuss accept automotive naked goal successful sold wind communities
clinical situation sciences markets lowest highly publishing appear emergency developing lives currency leather
determine milf temperature palm announcements patient actual historical stone commerce ringtones perhaps persons
difficult scientific satellite tests village accounts amateur ex pain xbox particularly factors coffee settings buyer
cultural steve easily oral ford poster edge functional closed holidays pink zealand balance monitoring graduate
replies shot architecture label thinking scott recommend canon hardcore league waste minute provider optional
dictionary cold accounting manufacturing sections chair fishing effort phase fields fantasy letters motor professor
context install shirt apparel generally continued foot mass crime count breast techniques johnson quickly dollars
websites religion claim driving permission surgery patch heat wild measures generation kansas miss chemical doctor
task reduce brought himself component exercise santa guarantee leader diamond israel processes soft servers alone
meetings seconds jones arizona keyword interests flight congress fuel username walk fuck produced italian paperback
classifieds wait supported pocket saint rose freedom argument competition creating joint premium providers fresh
characters attorney upgrade factor growing thousands stream apartments pick hearing eastern auctions therapy entries
dates generated signed upper administrative serious prime samsung limit began louis steps errors shops bondage efforts
informed thoughts creek worked quantity urban practices sorted reporting essential myself tours platform load
affiliate labor immediately nursing defense machines designated tags heavy covered recovery guys integrated cock
merchant comprehensive expert universal protect solid presentation languages became orange compliance vehicles prevent
theme rich campaign marine improvement vs guitar finding pennsylvania examples ipod saying spirit claims porno
challenge motorola acceptance strategies seem affairs touch intended towards goals hire suggest branch charges serve
affiliates reasons magic mount smart talking gave ones latin multimedia tits avoid certified manage corner rank
computing oregon element birth abuse interactive requests separate quarter procedure leadership tables define racing
religious facts breakfast kong column plants faith chain identify avenue missing died approximately domestic sitemap
recommendations moved houston reach comparison mental viewed moment extended sequence inch attack sorry centers
opening damage reserve recipes gamma plastic produce snow placed truth counter failure follows weekend dollar camp
ontario automatically minnesota films bridge native fill williams movement printing baseball owned approval draft
chart played contacts jesus readers clubs jackson equal adventure matching offering shirts profit leaders posters
institutions variable advertisement expect parking headlines compared determined wholesale workshop russia gone codes
kinds extension seattle statements golden completely teams fort lighting senate forces funny brother gene turned
portable tried electrical applicable disc returned pattern hentai boat named theatre laser manufacturers sponsor
classical icon warranty dedicated indiana direction harry basketball objects ends evening assembly nuclear mouse
signal criminal issued brain sexual wisconsin powerful dream obtained false cast flower felt personnel passed supplied
identified falls soul aids opinions promote stated stats hawaii professionals appears carry flag decided covers
advantage designs maintain tourism priority newsletters adults clips savings graphic atom payments estimated binding
brief ended winning eight anonymous iron straight served wants miscellaneous prepared void dining alert integration
atlanta dakota interview framework disk installed queen credits clearly handle sweet desk criteria pubmed dave
massachusetts diego hong vice associate truck behavior enlarge frequently revenue measure changing votes duty looked
discussions bear gain festival laboratory ocean flights experts signs lack depth iowa logged laptop vintage train
exactly explore maryland concept nearly eligible checkout reality forgot handling origin knew gaming feeds billion
destination scotland faster intelligence dallas bought nations route followed specifications broken tripadvisor frank
alaska zoom blow battle residential anime speak decisions industries protocol query clip partnership editorial
expression equity provisions speech wire principles suggestions rural shared sounds replacement tape strategic judge
spam economics acid bytes cent forced compatible fight apartment height null zero speaker filed netherlands obtain
consulting recreation offices designer remain managed failed marriage roll korea banks participants bath kelly leads
negative austin favorites toronto theater springs missouri andrew perform healthy translation estimates font assets
injury joseph ministry drivers figures married protected proposal sharing philadelphia portal waiting beta fail gratis
banking officials brian toward slightly assist conduct contained lingerie shemale legislation calling parameters jazz
serving bags profiles miami comics matters houses postal relationships tennessee wear controls breaking combined
ultimate wales representative frequency introduced minor finish departments residents noted displayed reduced physics
rare spent performed extreme samples davis daniel bars reviewed forecast removed helps singles cycle amounts contain
accuracy dual rise sleep bird pharmacy brazil creation static scene hunter addresses lady crystal famous writer
chairman violence fans oklahoma speakers drink academy dynamic gender permanent agriculture dell cleaning constitutes
portfolio practical delivered collectibles infrastructure exclusive seat concerns colour vendor originally intel
utilities philosophy regulation officers reduction bids referred supports nutrition recording regions junior toll cape
rings meaning secondary wonderful ladies henry ticket announced guess agreed prevention soccer math import posting
presence instant mentioned automatic healthcare viewing maintained increasing majority connected christ dogs directors
aspects austria ahead moon participation scheme utility preview manner matrix containing combination devel amendment
despite strength guaranteed turkey libraries proper distributed degrees singapore enterprises delta fear seeking
inches phoenix convention shares principal daughter standing voyeur comfort colors wars cisco ordering kept alpha
appeal cruise bonus certification previously bookmark buildings specials beat disney household batteries adobe smoking
becomes drives arms alabama improved trees achieve positions dress subscription dealer contemporary utah nearby
carried happen exposure panasonic hide permalink signature gambling refer miller provision outdoors clothes caused
luxury babes frames viagra certainly indeed newspaper circuit layer printed slow removal easier liability trademark
printers faqs nine adding kentucky mostly eric spot taylor trackback prints spend factory interior revised grow
americans optical promotion relative amazing clock identity suites conversion feeling reasonable victoria serial
relief revision broadband influence ratio importance rain onto planet webmaster copies recipe permit seeing proof diff
tennis bass prescription bedroom empty instance hole pets ride licensed orlando specifically bureau maine represent
conservation pair ideal specs recorded pieces finished parks dinner lawyers sydney stress cream runs trends yeah
discover sexo patterns boxes louisiana hills javascript fourth advisor marketplace aware wilson shape evolution irish
certificates objectives stations suggested remains greatest firms concerned euro operator structures generic
encyclopedia usage charts continuing mixed census interracial peak competitive exist wheel transit dick suppliers salt
compact poetry lights tracking angel bell keeping preparation attempt receiving matches accordance width noise engines
array discussed accurate stephen elizabeth climate reservations playstation alcohol greek managing annotation sister
differences walking explain smaller newest establish happened expressed jeff extent sharp lesbians lane paragraph
mathematics compensation export managers aircraft modules sweden conflict conducted versions employer occur percentage
knows mississippi describe concern backup requested citizens connecticut heritage personals immediate holding trouble
spread coach kevin agricultural expand supporting audience assigned jordan collections ages participate plug
specialist cook affect virgin experienced investigation raised institution directed dealers searching sporting helping
perl affected bike totally plate expenses indicate blonde proceedings favourite transmission anderson characteristics
lose organic seek experiences albums cheats extremely verzeichnis contracts guests hosted diseases concerning
developers equivalent chemistry tony neighborhood nevada kits thailand variables agenda anyway continues tracks
advisory curriculum logic template prince circle soil grants anywhere psychology responses atlantic circumstances
edward investor identification leaving wildlife appliances matt elementary cooking speaking sponsors unlimited sizes
plain exit entered iran launch wave checking costa belgium printable holy acts guidance mesh trail enforcement symbol
crafts highway buddy hardcover observed dean setup poll booking glossary fiscal celebrity styles denver unix filled
bond channels ericsson appendix notify blues chocolate portion scope hampshire supplier cables cotton bluetooth
controlled requirement authorities biology dental killed border ancient debate representatives starts pregnancy causes
arkansas biography leisure attractions learned transactions notebook explorer historic attached opened husband
disabled authorized crazy upcoming britain concert retirement scores financing efficiency comedy adopted efficient
weblog linear commitment specialty bears jean carrier edited constant visa mouth jewish meter linked portland
interviews concepts reflect pure deliver wonder hell lessons fruit begins qualified reform lens alerts treated
discovery draw mysql classified relating assume confidence alliance confirm warm neither lewis howard offline leaves
engineer lifestyle consistent replace clearance connections inventory converter suck organisation babe checks reached
becoming blowjob safari objective indicated sugar crew legs stick securities allen relation enabled genre slide
montana volunteer tested rear democratic enhance switzerland exact bound parameter adapter processor node formal
dimensions contribute lock hockey storm micro colleges laptops mile showed challenges editors mens threads bowl
supreme brothers recognition presents tank submission dolls estimate encourage navy regulatory inspection consumers
cancel limits territory transaction manchester paint delay pilot outlet contributions continuous czech resulting
cambridge initiative novel execution disability increases ultra winner idaho contractor episode examination potter
dish plays bulletin indicates modify oxford adam truly epinions painting committed extensive affordable universe
candidate databases patent slot outstanding eating perspective planned watching lodge messenger mirror tournament
consideration discounts sterling sessions kernel boobs buyers journals gray catalogue jennifer antonio charged broad
taiwan chosen demo greece swiss sarah clark labour terminal publishers nights behalf caribbean liquid rice nebraska
loop reservation foods gourmet guard properly orleans saving remaining empire resume twenty newly raise prepare avatar
gary depending expansion vary hundreds rome arab lincoln helped premier purchased milk decide consent drama visiting
performing downtown keyboard contest collected bands boot suitable absolutely millions lunch dildo audit push chamber
guinea findings muscle featuring implement clicking scheduled polls typical tower misc calculator significantly
chicken temporary attend shower alan sending jason tonight dear sufficient holdem province catholic awareness
vancouver governor beer seemed contribution measurement swimming spyware formula constitution packaging solar jose
catch jane pakistan reliable consultation northwest doubt earn finder unable periods classroom tasks democracy attacks
wallpaper merchandise const resistance doors symptoms resorts biggest memorial visitor twin forth insert baltimore
gateway dont alumni drawing candidates charlotte ordered biological fighting transition happens preferences romance
instrument bruce split themes powers heaven bits pregnant twice classification focused egypt physician hollywood
bargain wikipedia cellular norway vermont asking blocks normally spiritual hunting diabetes suit shift chip bodies
photographs cutting simon writers marks flexible loved favourites mapping numerous relatively birds satisfaction
represents char indexed pittsburgh superior preferred saved paying cartoon shots intellectual moore granted choices
carbon spending comfortable magnetic interaction listening effectively registry crisis outlook massive denmark
employed bright treat header poverty formed piano echo grid sheets patrick experimental puerto revolution
consolidation displays plasma allowing earnings voip mystery landscape dependent mechanical journey delaware bidding
consultants risks banner applicant charter barbara cooperation counties acquisition ports implemented directories
recognized dreams blogger notification licensing stands teach occurred textbooks rapid pull hairy diversity cleveland
reverse deposit seminar investments latina nasa wheels sexcam specify accessibility dutch sensitive templates formats
depends boots holds router concrete editing poland folder womens completion pulse universities technique contractors
milfhunter voting courts notices subscriptions calculate detroit alexander broadcast converted metro toshiba
anniversary improvements strip specification pearl accident nick accessible accessory resident plot possibly airline
typically representation regard pump exists arrangements smooth conferences uniprotkb beastiality strike consumption
birmingham flashing narrow afternoon threat surveys sitting putting consultant controller ownership committees penis
legislative researchers vietnam trailer anne castle gardens missed malaysia unsubscribe antique labels willing
molecular upskirt acting heads stored exam logos residence attorneys milfs antiques density hundred ryan operators
strange sustainable philippines statistical beds breasts mention innovation employers grey parallel honda amended
operate bills bold bathroom stable opera definitions doctors lesson cinema asset scan elections drinking blowjobs
reaction blank enhanced entitled severe generate stainless newspapers hospitals deluxe humor aged monitors exception
lived duration bulk successfully indonesia pursuant fabric visits primarily tight domains capabilities pmid contrast
recommendation flying recruitment berlin cute organized para siemens adoption improving expensive meant capture pounds
buffalo organisations plane explained seed programmes desire expertise mechanism camping jewellery meets welfare peer
caught eventually marked driven measured medline bottle agreements considering innovative marshall massage rubber
conclusion closing tampa thousand meat legend grace susan adams python monster alex bang villa bone columns disorders
bugs collaboration hamilton detection cookies inner formation tutorial engineers entity cruises gate holder proposals
moderator tutorials settlement portugal lawrence roman duties valuable erotic tone collectables forever dragon busy
captain fantastic imagine brings heating neck wing governments purchasing scripts stereo appointed taste dealing
commit tiny operational rail airlines liberal livecam trips sides tube turns corresponding descriptions cache belt
jacket determination animation oracle matthew lease productions aviation hobbies proud excess disaster console
commands telecommunications instructor giant achieved injuries shipped bestiality seats approaches alarm voltage
anthony nintendo usual loading stamps appeared franklin angle vinyl highlights mining designers melbourne ongoing
worst imaging betting scientists liberty wyoming blackjack argentina convert possibility analyst commissioner garage
exciting reliability thongs unfortunately respectively volunteers attachment ringtone finland morgan derived pleasure
honor oriented eagle desktops pants columbus nurse prayer appointment workshops hurricane quiet luck postage producer
represented mortgages dial responsibilities cheese comic carefully productivity investors crown underground maker
crack principle picks vacations gang semester calculated cumshot fetish applies casinos appearance smoke apache
incorporated craft cake notebooks apart fellow blind lounge algorithm semi coins andy gross strongly cafe valentine
hilton proteins horror familiar capable douglas debian till involving investing christopher admission epson shoe
elected carrying victory sand madison terrorism editions mainly ethnic parliament actor finds seal situations fifth
allocated citizen vertical corrections structural municipal describes prize occurs absolute disabilities consists
anytime substance prohibited addressed lies pipe soldiers guardian lecture layout initiatives concentration classics
interpretation horses dirty deck wayne donate taught bankruptcy worker optimization alive temple substances prove
discovered wings breaks genetic participating waters promise thin exhibition prefer ridge cabinet modem harris
bringing sick dose evaluate tiffany tropical collect composition toyota streets nationwide vector definitely shaved
turning buffer purple existence commentary larry limousines developments immigration destinations lets mutual pipeline
necessarily syntax attribute prison skill chairs everyday apparently surrounding mountains moves popularity inquiry
ethernet checked exhibit throw trend sierra visible cats desert postposted oldest rhode busty coordinator obviously
mercury steven handbook greg navigate worse summit victims spaces fundamental burning escape coupons somewhat receiver
substantial progressive cialis boats glance scottish championship arcade richmond sacramento impossible russell tells
obvious fiber depression graph covering platinum judgment bedrooms talks filing foster modeling passing awarded
testimonials trials tissue memorabilia clinton masters bonds cartridge alberta explanation folk commons cincinnati
subsection fraud electricity permitted spectrum arrival okay pottery emphasis roger aspect workplace awesome mexican
confirmed counts priced wallpapers hist crash lift desired inter closer assumes heights shadow riding infection
firefox lisa expense grove eligibility venture clinic korean healing princess mall entering packet spray studios
involvement buttons placement observations vbulletin funded thompson winners extend roads subsequent dublin rolling
fell motorcycle yard disclosure establishment memories nelson arrived creates faces tourist cocks mayor sean adequate
senator yield presentations grades cartoons pour digest lodging tion dust hence wiki entirely replaced radar rescue
undergraduate losses combat reducing stopped occupation lakes butt donations associations citysearch closely radiation
diary seriously kings shooting kent adds flags baker launched elsewhere pollution conservative guestbook shock
effectiveness walls abroad ebony ward drawn arthur visited roof walker demonstrate atmosphere suggests kiss beast
operated experiment targets overseas purchases dodge counsel federation pizza invited yards assignment chemicals
gordon farmers queries rush ukraine absence nearest cluster vendors mpeg whereas yoga serves woods surprise lamp rico
partial shoppers phil everybody couples nashville ranking jokes simpson twiki sublime counseling palace acceptable
satisfied glad wins measurements verify globe trusted copper milwaukee rack medication warehouse shareware dicke kerry
receipt supposed ordinary nobody ghost violation configure stability applying southwest boss pride institutional
expectations independence knowing reporter metabolism keith champion cloudy linda ross personally chile anna plenty
solo sentence throat maria uniform excellence wealth tall somewhere vacuum dancing attributes recognize brass writes
plaza pdas outcomes survival quest publish screening thumbnail trans jonathan whenever nova lifetime pioneer booty
forgotten acrobat plates acres venue athletic thermal essays behaviour vital telling fairly coastal charity
intelligent edinburgh excel modes obligation campbell wake stupid harbor hungary traveler segment realize regardless
enemy puzzle rising aluminum wells wishlist opens insight shit restricted republican lucky latter merchants thick
trailers syndrome philips attendance penalty drum glasses enables iraqi builder vista jessica chips terry flood foto
ease arguments amsterdam orgy arena adventures pupils stewart announcement tabs outcome appreciate expanded casual
grown polish lovely extras centres jerry clause smile lands troops indoor bulgaria armed broker charger regularly
believed pine cooling tend gulf rick trucks mechanisms divorce laura shopper tokyo partly nikon customize tradition
candy pills tiger donald folks sensor exposed telecom hunt angels deputy indicators sealed thai emissions physicians
loaded fred complaint scenes experiments balls afghanistan boost spanking scholarship governance mill founded
supplements chronic icons tranny catering finger keeps pound locate camcorder trained burn implementing roses labs
ourselves bread tobacco wooden motors tough roberts incident gonna dynamics conversation decrease cumshots chest
pension billy revenues emerging worship bukkake capability craig herself producing churches precision damages reserves
contributed solve shorts reproduction minority diverse ingredients johnny sole franchise recorder complaints facing
nancy promotions tones passion rehabilitation maintaining sight laid clay defence patches weak refund towns
environments trembl divided reception wise emails cyprus odds correctly insider seminars makers hearts geography
appearing integrity worry discrimination carter legacy marc pleased danger vitamin widely processed phrase genuine
raising implications functionality paradise hybrid reads roles intermediate emotional sons leaf glory platforms bigger
billing diesel versus combine overnight geographic exceed saudi fault cuba preliminary districts introduce silk
promotional kate chevrolet babies karen compiled romantic specialists generator albert examine jimmy graham suspension
bristol margaret compaq correction wolf slowly authentication communicate rugby supplement showtimes portions infant
promoting sectors samuel fluid grounds fits kick regards meal hurt machinery bandwidth unlike equation baskets
probability dimension wright barry proven schedules admissions cached warren slip studied reviewer involves quarterly
profits devil grass marie florist illustrated cherry continental alternate deutsch achievement kenya webcam cuts
funeral nutten earrings enjoyed automated chapters charlie quebec nipples passenger convenient dennis mars francis
sized manga noticed socket silent literary signals caps orientation pill theft childhood swing symbols meta humans
analog facial choosing talent dated flexibility seeker wisdom shoot boundary mint packard offset payday philip elite
spin holders believes swedish poems deadline jurisdiction robot displaying witness collins equipped stages encouraged
winds powder broadway acquired assess wash cartridges stones entrance gnome roots declaration losing attempts gadgets
noble glasgow automation impacts gospel advantages shore loves induced knight preparing loose aims recipient linking
extensions appeals earned illness islamic athletics southeast ieee alternatives pending parker determining lebanon
corp personalized kennedy conditioning teenage soap triple cooper vincent secured unusual answered partnerships
destruction slots increasingly migration disorder routine toolbar basically rocks conventional titans applicants
wearing axis sought genes mounted habitat firewall median guns scanner herein occupational animated horny judicial
adjustment hero integer treatments bachelor attitude camcorders engaged falling basics montreal carpet struct lenses
binary genetics attended difficulty punk collective coalition dropped enrollment duke walter ai pace besides wage
producers collector hosts interfaces advertisers moments atlas strings dawn representing observation feels torture
carl deleted coat mitchell rica restoration convenience returning ralph opposition container defendant warner
confirmation embedded inkjet supervisor wizard corps actors liver peripherals liable brochure morris bestsellers
petition eminem recall antenna picked assumed departure minneapolis belief killing bikini memphis shoulder decor
lookup texts harvard brokers diameter ottawa doll podcast seasons peru interactions refine bidder singer evans herald
literacy fails aging nike intervention pissing plugin attraction diving invite modification alice latinas suppose
customized reed involve moderate terror younger thirty mice opposite understood rapidly dealtime temp intro mercedes
assurance fisting clerk happening vast mills outline amendments tramadol holland receives jeans metropolitan
compilation verification fonts wrap refers mood favor veterans quiz sigma attractive occasion recordings jefferson
victim demands sleeping careful beam gardening obligations arrive orchestra sunset tracked moreover minimal polyphonic
lottery tops framed aside outsourcing licence adjustable allocation michelle essay discipline demonstrated dialogue
identifying alphabetical camps declared dispatched aaron handheld trace disposal shut florists packs installing
switches romania voluntary ncaa thou consult greatly blogging mask cycling midnight commonly photographer inform
turkish coal messaging pentium quantum murray intent largely pleasant announce constructed additions requiring spoke
arrow engagement sampling rough weird refinance lion inspired holes weddings blade suddenly oxygen cookie meals canyon
goto meters merely calendars arrangement conclusions passes bibliography pointer compatibility stretch durham
furthermore permits cooperative muslim neil sleeve netscape cleaner cricket beef feeding stroke township rankings
measuring hats robin robinson jacksonville strap headquarters sharon crowd transfers surf olympic transformation
remained attachments entities customs administrators personality rainbow hook roulette decline gloves israeli medicare
cord skiing cloud facilitate subscriber valve hewlett explains proceed flickr feelings knife jamaica priorities shelf
bookstore timing liked parenting adopt denied fotos incredible britney freeware fucked donation outer crop deaths
rivers commonwealth pharmaceutical manhattan tales katrina workforce islam nodes thumbs seeds cited lite targeted
organizational skype realized twelve founder decade gamecube dispute portuguese tired titten adverse everywhere
excerpt steam discharge drinks voices acute halloween climbing stood sing tons perfume carol honest albany hazardous
restore stack methodology somebody housewares reputation resistant democrats recycling hang curve creator amber
qualifications museums coding slideshow tracker variation passage transferred trunk hiking damn pierre jelsoft headset
photograph oakland colombia waves camel distributor lamps underlying hood wrestling archived photoshop arabia
gathering projection juice chase mathematical logical sauce fame extract specialized diagnostic panama indianapolis
payable corporations courtesy criticism automobile statutory accommodations athens northeast downloaded judges retired
remarks detected decades paintings walked arising nissan bracelet eggs juvenile injection yorkshire populations
protective afraid acoustic railway cassette initially indicator pointed causing mistake norton locked eliminate fusion
mineral sunglasses ruby steering beads fortune preference canvas threshold parish claimed screens cemetery planner
croatia flows stadium venezuela exploration mins fewer sequences coupon nurses stem proxy gangbang astronomy lanka
edwards drew contests announces costume tagged berkeley voted killer bikes gates adjusted tune bishop pulled corn
shaped compression seasonal establishing farmer counters puts constitutional grew perfectly slave instantly cultures
norfolk coaching examined trek encoding litigation submissions heroes painted lycos zdnet broadcasting horizontal
artwork cosmetic resulted portrait terrorist informational carriers ecommerce mobility floral builders ties struggle
schemes suffering neutral fisher spears prospective dildos bedding ultimately joining heading equally artificial
bearing spectacular coordination connector brad combo seniors worlds guilty affiliated activation naturally haven
tablet jury tail subscribers charm lawn violent mitsubishi underwear basin soup potentially ranch crossing inclusive
dimensional cottage drunk considerable crimes resolved mozilla byte toner nose latex branches anymore oclc delhi
holdings alien locator selecting processors pantyhose broke nepal zimbabwe difficulties juan complexity constantly
browsing resolve barcelona presidential documentary territories melissa moscow thesis thru jews nylon palestinian
discs rocky bargains frequent trim nigeria ceiling pixels ensuring hispanic legislature hospitality anybody
procurement diamonds fleet untitled bunch totals marriott singing theoretical afford exercises starring referral
surveillance optimal distinct protocols highlight substitute inclusion hopefully brilliant turner sucking cents
reuters spoken omega evaluated stayed civic assignments manuals termination watched saver thereof grill households
redeem rogers grain authentic regime wanna wishes montgomery architectural louisville depend differ macintosh
movements ranging monica repairs breath amenities virtually candle hanging colored authorization verified formerly
projector situated comparative seeks herbal loving strictly routing stanley psychological surprised retailer vitamins
elegant gains renewal genealogy opposed deemed scoring expenditure panties brooklyn liverpool sisters critics
connectivity spots algorithms madrid similarly margin solely salon collaborative norman excluding turbo headed voters
madonna commander murphy thinks thats suggestion soldier phillips aimed justin interval mirrors spotlight tricks reset
brush investigate expansys panels repeated assault connecting spare logistics kodak tongue bowling danish monkey
proportion filename skirt florence honey analyses drawings significance scenario lovers atomic approx symposium arabic
gauge essentials junction protecting faced rachel solving transmitted weekends screenshots produces intensive chains
kingston sixth engage deviant switching quoted adapters correspondence farms imports supervision cheat bronze
expenditures sandy separation testimony suspect celebrities macro sender mandatory boundaries crucial syndication
celebration adjacent filtering tuition spouse exotic viewer signup threats luxembourg puzzles reaching damaged
receptor laugh surgical destroy citation pitch autos premises perry proved offensive imperial dozen benjamin
deployment teeth cloth studying colleagues stamp lotus salmon olympus separated cargo salem starter upgrades likes
butter pepper luggage burden tapes zones races stylish maple grocery offshore governing retailers depot kenneth blend
harrison julie occasionally attending emission finest realty janet recruiting apparent instructional autumn traveling
probe permissions biotechnology toilet ranked jackets routes packed excited outreach helen mounting recover lopez
balanced prescribed catherine timely talked upskirts debug delayed chuck reproduced explicit calculation villas ebook
consolidated exclude peeing occasions brooks equations newton exceptional anxiety bingo whilst spatial respondents
ceramic precious minds annually considerations scanners xanax fingers sunny ebooks delivers queensland necklace
musicians leeds composite unavailable cedar arranged theaters advocacy raleigh essentially designing threaded qualify
fingering blair hopes assessments mason diagram burns pumps ejaculation footwear beijing peoples victor mario attach
licenses utils removing advised brunswick spider ranges pairs sensitivity trails preservation hudson isolated calgary
interim assisted divine streaming approve chose compound intensity technological syndicate abortion dialog venues
blast wellness calcium newport antivirus addressing discounted indians shield harvest membrane prague previews
bangladesh constitute locally concluded pickup desperate mothers nascar iceland demonstration governmental
manufactured candles graduation sailing variations sacred addiction morocco chrome tommy springfield refused brake
exterior greeting ecology oliver congo botswana delays synthesis olive undefined unemployment cyber verizon scored
enhancement newcastle clone dicks velocity lambda relay composed tears performances oasis baseline angry societies
silicon brazilian identical petroleum compete norwegian lover belong honolulu beatles escort retention exchanges rolls
thomson barnes soundtrack wondering malta daddy ferry rabbit profession seating separately physiology collecting
exports omaha participant scholarships recreational dominican electron loads friendship heather motel unions treasury
warrant solaris frozen occupied royalty scales rally observer sunshine strain ceremony somehow arrested expanding
provincial investigations yamaha medications hebrew gained rochester dying laundry stuck solomon placing stops
homework adjust assessed advertiser enabling encryption filling downloadable sophisticated imposed silence focuses
soviet possession laboratories treaty vocal trainer organ stronger volumes advances vegetables lemon toxic thumbnails
darkness bizrate vienna implied stanford stockings respondent packing statute rejected satisfy destroyed shelter
chapel gamespot manufacture layers wordpress guided vulnerability accountability celebrate accredited appliance
compressed bahamas powell mixture zoophilia bench rider scheduling radius perspectives mortality logging hampton
christians borders therapeutic butts bobby impressive sheep accordingly architect railroad lectures challenging wines
nursery harder microwave cheapest accidents travesti relocation stuart contributors salvador salad monroe tender
violations temperatures paste clouds competitions discretion tanzania preserve vibrator unsigned staying cosmetics
easter theories repository praise jeremy venice concentrations vibrators estonia christianity veteran streams landing
signing executed katie negotiations realistic showcase integral relax namibia generating christina congressional
synopsis hardly prairie reunion composer sword absent photographic sells ecuador hoping accessed spirits modifications
coral pixel float colin imported paths bubble acquire contrary millennium tribune vessel acids focusing viruses
cheaper admitted dairy admit fancy equality samoa achieving stickers fisheries exceptions reactions leasing lauren
beliefs macromedia companion squad analyze ashley scroll relate divisions wages additionally suffer forests fellowship
invalid concerts martial males victorian retain colours tunnel genres cambodia patents copyrights chaos lithuania
mastercard wheat chronicles obtaining beaver updating distribute readings decorative kijiji confused compiler
enlargement eagles bases accused campaigns unity conjunction bride defines airports instances indigenous begun
brunette packets anchor socks validation parade corruption trigger incentives cholesterol gathered essex slovenia
notified differential beaches folders dramatic surfaces terrible routers pendant dresses baptist scientist
starsmerchant hiring clocks arthritis females wallace nevertheless reflects taxation fever cuisine surely
practitioners transcript myspace theorem inflation stylus compounds drums contracting topless arnold structured
reasonably chicks cattle radical graduates rover recommends controlling treasure reload distributors flame levitra
tanks assuming monetary elderly arlington particles floating extraordinary indicating bolivia spell hottest stevens
coordinate kuwait exclusively emily alleged limitation widescreen compile squirting webster struck illustration
plymouth warnings construct inquiries bridal annex inspiration tribal curious affecting freight rebate meetup eclipse
sudan downloading shuttle aggregate stunning cycles affects forecasts detect sluts actively ampland complicated
fastest butler shopzilla injured decorating payroll cookbook expressions courier uploaded shakespeare hints collapse
americas connectors twinks unlikely conflicts techno beverage tribute wired elvis immune latvia travelers forestry
barriers rarely infected offerings martha genesis barrier argue incorrect trains metals bicycle furnishings letting
arise guatemala celtic thereby jamie particle perception minerals advise humidity bottles boxing bangkok renaissance
pathology ordinance hughes photographers bitch infections jeffrey chess operates brisbane configured survive oscar
festivals menus possibilities canal amino contributing herbs clinics manitoba analytical missions watson lying
costumes strict saddam circulation drill offense threesome bryan protest handjob assumption jerusalem hobby tries
transexuales invention nickname technician inline executives enquiries washing staffing cognitive exploring trick
enquiry closure timber intense playlist registrar showers supporters ruling steady statutes withdrawal myers drops
predicted wider saskatchewan cancellation plugins enrolled sensors screw ministers publicly hourly blame geneva
freebsd veterinary prostores reseller handed suffered intake informal relevance incentive butterfly tucson mechanics
heavily swingers fifty headers mistakes numerical uncle defining counting reflection accompanied assure invitation
devoted princeton jacob sodium randy spirituality hormone meanwhile proprietary timothy childrens brick naval
thumbzilla medieval porcelain bridges pichunter captured thehun decent casting dayton translated shortly cameron
columnists carlos donna andreas warrior diploma cabin innocent scanning consensus valium copying delivering cordless
patricia eddie uganda fired journalism trivia adidas perth grammar intention syria disagree klein harvey tires
undertaken hazard retro livesex statewide semiconductor gregory episodes boolean circular anger mainland illustrations
suits chances interact happiness substantially bizarre glenn auckland olympics fruits identifier worldsex ribbon
calculations conducting startup suzuki trinidad kissing handy exempt crops reduces accomplished calculators geometry
impression slovakia guild correlation gorgeous capitol dishes barbados chrysler nervous refuse extends fragrance
mcdonald replica plumbing brussels tribe neighbors trades superb transparent trinity charleston handled legends
champions floors selections projectors inappropriate exhaust comparing shanghai speaks burton vocational davidson
copied scotia farming gibson pharmacies roller introducing batch organize appreciated alter nicole latino ghana edges
mixing handles skilled fitted albuquerque harmony distinguished asthma projected assumptions shareholders twins
developmental regulated triangle amend anticipated oriental reward windsor zambia completing hydrogen webshots sprint
comparable chick advocate confusion copyrighted inputs warranties genome escorts documented thong medal paperbacks
coaches vessels harbour walks sucks keyboards knives vulnerable arrange artistic honors booth indie reflected unified
bones breed detector polar fallen precise sussex respiratory notifications msgid transexual mainstream evaluating
subcommittee gather maternity backed alfred colonial carey motels forming embassy journalists danny rebecca slight
proceeds indirect amongst foundations arrest volleyball adipex horizon deeply toolbox marina liabilities prizes bosnia
browsers decreased patio tolerance surfing creativity lloyd describing optics pursue lightning overcome quotations
inspector attract brighton beans bookmarks ellis disable snake succeed leonard lending reminder nipple searched
behavioral riverside bathrooms plains raymond insights abilities initiated sullivan midwest karaoke lonely nonprofit
lancaster suspended hereby observe julia containers attitudes berry collar simultaneously racial integrate bermuda
amanda sociology mobiles screenshot exhibitions kelkoo confident retrieved exhibits officially consortium terrace
bacteria replied seafood novels recipients playboy ought delicious traditions safely finite kidney periodically fixes
sends durable mazda allied throws moisture hungarian roster referring symantec spencer wichita nasdaq uruguay
transform timer tablets tuning gotten educators tyler futures vegetable verse highs humanities independently wanting
custody scratch launches alignment masturbating henderson britannica ellen rocket bullet towers racks nasty visibility
latitude consciousness tumor deposits beverly mistress encounter trustees watts duncan reprints bernard resolutions
accessing forty tubes attempted midlands priest floyd ronald analysts queue trance locale nicholas bundle hammer
invasion witnesses runner administered notion skins mailed fujitsu spelling arctic exams rewards beneath strengthen
defend frederick medicaid infrared seventh welsh belly aggressive advertisements quarters stolen sublimedirectory
soonest haiti disturbed determines sculpture naturals motivation lenders pharmacology fitting fixtures bloggers agrees
passengers quantities petersburg consistently powerpoint surplus elder sonic obituaries cheers punishment appreciation
subsequently belarus zoning gravity providence thumb incorporate backgrounds treasurer guitars essence flooring
lightweight ethiopia mighty athletes humanity transcription holmes complications scholars scripting remembered galaxy
chester snapshot caring synthetic segments testament dominant twist specifics itunes stomach partially buried newbie
minimize darwin ranks wilderness debut generations tournaments bradley anatomy sponsorship headphones fraction
proceeding defects volkswagen uncertainty breakdown milton marker reconstruction subsidiary strengths clarity"""
