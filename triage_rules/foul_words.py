"""Words that insult, hate, threaten or swear, in ten languages: our own lists, with their inflections.

Each entry is an expression for one whole word. A word that also has a plain meaning (a donkey, a dam, a cat's breed) is
left out here and told by what stands beside it, in `foul_speech`. They are here to be found, so they are written out.
"""

# Names that are only given to humiliate a people, a faith, an origin, a sex, a bent or a body.
SLURS = r"""
n[i1]gg(?:er|a|ah|uh|az)[sz]? darkies jigaboos? wetbacks? beaners? spics gooks? chinam[ae]n towelheads? ragheads?
kikes? yids? hymies? zipperheads? pakis golliwogs? faggots? fagg?otry fags poofters? trann(?:y|ies) she-?males?
lesbos dykes retards mongoloids? spastics? sub-?humans? untermensch(?:en)? kanaken? negern? zigeunerpack judensau
schwuchteln? missgeburt(?:en)? bougnoules? youpins? négros? tapettes? sudacas? maric[oó]n(?:es)? negratas?
panchitos? froci[oa]? ricchion[ei] viados? flikkers? pedał\w* ciapat[yi]\w* жид(?:ы|ов|ам) хохл(?:ы|ов|ам)
хач(?:и|ей) чур(?:ка|ки|ок) ниггер\w* пид[оа]р\w*
"""
SWEARS = r"""
f[u*@]c?k(?:s|ed|er|ers|ing|in|face|wit|tard)? motherf\w+ f\*\*\*\w* wtf stfu
(?:bull|horse|dip|bat|ape)?sh[i1*]t(?:s|ty|ting|heads?|holes?|show|storm|e|faced)? ass-?holes? arse-?holes?
dumbass(?:es)? jackass(?:es)? bitch(?:es|y|ing)? cunts? twats? wank(?:er|ers|ing) tossers? bollocks dickheads?
cocksuckers? god-?damn(?:ed|it)? douche-?bags? crap(?:py)? scheiß\w* scheisse\w* beschissen\w*
arschl(?:och|öcher)\w* verpiss\w* fick(?:t|en|er)? wichser merde putain foutre enculer? mierdas? joder jodid[oa]s?
coño pendejos? culero cazzo merda vaffanculo porra caralho foder kut godverdomme klote kurw[aąęyo]\w* spierdalaj\w*
chuj\w* jeb(?:ać|any|ane) бля(?:ть|дь|дина)? ху[йеёяю]\w* пизд\w+ еба(?:ть|л|ный|ная) ёб\w+ siktir\w* amk jävlar
fitta
"""
NAMES = r"""
idiots? morons? imbeciles? cretins? dumbass(?:es)? dipshits? shit-?heads? ass-?holes? arse-?holes? bitch(?:es)?
bastards? cunts? pricks? dick-?heads? fuck-?faces? fuckers? whores? sluts? losers? scum(?:bags?)? pigs? cows? trash
garbage crap waste disgrace degenerates? freaks? psychos? weirdos? wankers? tossers? twats? worms? vermin nobody
failure retard(?:ed)?
"""
ABROAD = r"""
arschloch wichser hurensohn schlampe vollidiot trottel missgeburt fotze drecksau schwein hure idiot connard connasse
salope enculé pute gueule putas? gilipollas cabr[oó]n(?:es)? imbécil zorra mierda puttana stronz[oaie] cazzo
coglion[ei] merda foder burro otário klootzak\w* kankerlijer\w* hoerenjong\w* kuthoer\w* skurwysyn\w* idioto kurwo
śmieciu debilu сука ублюд(?:ок|ки) мразь тварь дебил гнида orospu şerefsiz gerizekalı jävla jävel hora
"""
GROUPS = r"""
people persons? folks? men women kids children jews? muslims? moslems? christians? hindus? sikhs? arabs? africans?
asians? mexicans? indians? chinese turks? poles russians? ukrainians? roma gypsies immigrants? migrants? refugees?
foreigners? homosexuals? gays lesbians transgenders? females blacks whites disabled cripples homeless juden
ausländer flüchtlinge frauen immigrés juifs musulmans arabes inmigrantes judíos moros immigrati ebrei
"""
BEASTS = r"""
vermin sub-?humans? beasts cockroaches rats pests? parasites? scum filth trash garbage plague cancer disease savages
inferior worthless disgusting criminals terrorists thieves abschaum ungeziefer parasiten untermenschen vermine
escoria parásitos parassiti
"""
HARM = r"""
kill(?:ed)? kys murder(?:ed)? stab strangle raped? beat(?:en)? shot shoot gas(?:sed)? hang(?:ed)? lynch(?:ed)?
exterminated? wiped eradicated? eliminated? deport(?:ed)? burn(?:ed|t)? sterili[sz]ed die dies dead rot cancer choke
drown hurt deserve hate death hitler sieg supremacy country miss nobody better cut vergast erschossen abgeschoben
tod um sterben mort tuer crever muerte matar mueras morte ammazzo morire dood zabiję убью сдохни öldürürüm
"""
