"""Titles and artists in German, Polish, Swedish, Norwegian and Turkish.

Nouns are listed by gender and phrases ready inflected, so that whatever the dice say, articles and endings agree.
"""

from engine.data.simulate.grammar import language

GERMAN = language(
    titles="""
    4* der {a} {m} | 4* die {a} {f} | 4* das {a} {n} | 6* {pre}{suf} | 3* {pre}{suf} {p} | 3* wenn {c} | bis {c} |
    weil {c} | 2* {p} | 3* {v} {p} | 2* {v} {t} | {m} und {f} | {f} ohne {pl} | 2* mein {m} | 2* meine {f} |
    kein {n} {p} | 2* {name} | 2* {name} {p} | {num} {pl} | sag mir nicht, dass {c} | ich habe dich {p} gesehen |
    wohin, wenn {c} | {f} aus {stoff} | nur ein {n} {p} | nie wieder {m} | alles {p} | lied für {name} |
    {pl} {p} | vielleicht {t}""",
    m="""
    Hafen | Wind | Regen | Winter | Sommer | Garten | Spiegel | Zug | Bahnhof | Himmel | Schatten | Brief | Tanz |
    Schlüssel | Koffer | Balkon | Fluss | Mond | Wolf | Sonntag""",
    f="""
    Nacht | Stadt | Straße | Brücke | Stille | Laterne | Sehnsucht | Liebe | Stimme | Insel | Lüge | Küste | Uhr |
    Tür | Sonne | Wüste | Minute | Feder""",
    n="""
    Meer | Licht | Haus | Fenster | Lied | Herz | Versprechen | Feuer | Zimmer | Geheimnis | Boot | Gewitter | Tal""",
    a="""
    alte | stille | letzte | blaue | leere | fremde | goldene | kalte | lange | schlafende | verlorene | wilde |
    ferne | kleine | gläserne | zweite | rote | weiße""",
    pre="""
    Mond | Nacht | Winter | Sommer | Stern | Sturm | Herbst | Silber | Papier | Regen | Feuer | Morgen | Glas |
    Schatten""",
    suf="""
    licht | zug | garten | lied | meer | haus | tänzer | vogel | fenster | brief | himmel | straße | herz | spiel""",
    stoff="Glas | Papier | Rauch | Samt | Sand | Schnee | Gold",
    pl="Laternen | Briefe | Züge | Schatten | Lügen | Sommer | Tauben | Fenster | Sterne | Fragen | Wunder",
    p="""
    im Regen | am Meer | bis zum Morgen | unter der Brücke | ohne dich | auf dem Dach | hinter der Tür |
    am Fenster | im Hinterhof | nach Mitternacht | zwischen den Zeilen | vor dem Sturm | in deinem Mantel |
    am Ende der Straße""",
    t="heute Nacht | noch einmal | im November | am Sonntag | vor dem Winter | für immer | morgen früh",
    v="ich warte | wir tanzen | bleib | schlaf | komm zurück | wir sitzen | ich singe | halt mich | träum | lauf",
    c="""
    der Regen fällt | die Stadt schläft | du gehst | der Sommer endet | keiner hinsieht | das Licht ausgeht |
    der Wind sich dreht | wir schweigen | die Vögel ziehen""",
    name="Mathilda | Leopold | Wilhelmine | Konstantin | Frieda | Ottilie | Anneliese | Jakob | Edeltraud",
    num="3 | 5 | 7 | 9 | 13 | 20 | 40 | 100",
    gf="Frieda | Merle | Anneke | Romy | Lieselotte | Svenja | Juna | Thea | Mathilda | Gesine | Aylin | Ronja",
    gm="Anton | Lennart | Falk | Jasper | Konrad | Till | Moritz | Emre | Hannes | Ruben | Severin | Arno",
    s="""
    Rabenstein | Kirchhoff | Lindenau | Vossberg | Ackermann | Grünwald | Hollerbach | Sternbusch | Öztürk-Lang |
    Weidenfeld | Büchner-Roth | Steinmetz | Amselweg | Dornbusch | Immenkamp | Wiesengrund | Hasenclever""",
    people="5* {gf} {s} | 5* {gm} {s} | {gf} und {gm} | {gf}",
    bands="""
    die {pb} | die {pb} von {name} | {pre}{suf} | {pre}{suf} | {m} & {f} | {gf} und die {pb} | {s} & {s} |
    das {a} {n} | der {a} {m} | {num} {pl} | kein {m}""",
    pb="Nachtschwärmer | Laternen | Fremden | Gezeiten | Nachbarn | Zugvögel | Automaten | Seefahrer | Wolken",
    live="(Live) | (Live im Kornspeicher) | (Live in der Alten Werft)",
)

TURKISH = language(
    titles="""
    7* {a} {n} | 3* {n} ve {n} | 4* {p} {v} | 3* {p} {a} {n} | 2* {n} gibi | 2* {a} bir {n} gibi | bir {n} {p} |
    {n} gibi {v} | beni {p} bekle | 2* {n} | 2* {v} | {v}, {v} | bu {n} senin | bana bir {n} ver | {num} {n} |
    {isim} | hiç {n} yok {p} | o {a} {n} | ne {n} ne {n} | {p} ikimiz | {isim} için {n} | en {a} {n} |
    her {n} biraz {n}""",
    n="""
    gece | deniz | yağmur | rüzgâr | şehir | yol | pencere | ayna | mektup | şarkı | sokak | yıldız | gölge |
    ışık | çiçek | ada | liman | sır | rüya | kuş | kalp | bahar | kış | fırtına | istasyon | fener | köprü |
    masal | veda""",
    a="""
    mavi | sessiz | kayıp | uzak | yalnız | kırık | eski | gizli | soğuk | derin | beyaz | yarım | unutulmuş |
    uykusuz | adsız | uzun | kırmızı | yabancı | ılık | suskun""",
    p="""
    yağmurda | kıyıda | gecenin sonunda | denizin dibinde | bu şehirde | köprünün altında | sensiz |
    sabaha kadar | rüyamda | penceremde | yolun sonunda | son vapurda | çatıların üstünde | eylülde""",
    v="bekle beni | unut beni | dans et | ağla | kal | dön bana | gülümse | susma | gitme | sarıl bana | söyle",
    isim="Feride | Nazlı | Hacer | Leylifer | Süreyya | Müjgân | İskender",
    num="3 | 5 | 7 | 9 | 13 | 40 | 100",
    gf="Defne | Nehir | Asya | Ezgi | Lale | Derin | Yağmur | Selin | Ilgın | Feride | Sezin",
    gm="Kerem | Emir | Aras | Ozan | Kaan | Mert | Tuna | Umut | Doruk | Çınar | Ilgaz",
    s="""
    Akdere | Yıldızhan | Gökçay | Taşpınar | Kırlangıç | Ovalı | Çınaroğlu | İnceova | Gümüşsu | Şahinbey |
    Karabulut | Özgürsoy | Denizhan | Ulubatır""",
    people="5* {gf} {s} | 5* {gm} {s} | {gf} & {gm}",
    bands="{a} {n} | {a} {n} | {a} {n} orkestrası | {n} ve {n} | {num} {n} | {gf} ve {a} {n} | son {n}",
    live="(Canlı) | (Canlı) | (Akustik Sahne) | (Live)",
)

POLISH = language(
    titles="""
    5* {am} {m} | 5* {af} {f} | 4* {head} {gen} | 3* {m} {p} | 3* {f} {p} | 3* {v} {p} | 2* kiedy {c} |
    zanim {c} | mój {m} | moja {f} | {m} i {f} | nie mów, że {c} | 2* {v} | {imie} | 2* {imie} {p} | {p} |
    gdzie {c} | {head} {gen} {p} | piosenka dla {imieg} | {f} bez {gen} | jeszcze jeden {m} | ostatni raz {p} |
    {v}, {v}""",
    m="""
    pociąg | wiatr | deszcz | śnieg | sen | dom | ogień | most | ogród | cień | list | księżyc | ptak | brzeg |
    sierpień | zegar | taniec | dworzec | las | balkon""",
    am="""
    cichy | ostatni | obcy | biały | błękitny | daleki | stary | zgubiony | pusty | długi | nocny | dziki |
    szklany | papierowy | zimny | nieznany""",
    f="""
    rzeka | zima | wiosna | jesień | gwiazda | droga | ulica | cisza | woda | piosenka | burza | łódka | mgła |
    winda | wyspa | obietnica | latarnia | podróż""",
    af="""
    spokojna | ostatnia | obca | biała | błękitna | daleka | stara | zgubiona | pusta | długa | nocna | dzika |
    szklana | papierowa | zimna | nieznana""",
    head="kolor | smak | zapach | głos | koniec | początek | ogród | cień | miasto | pamięć | echo | kraniec",
    gen="nocy | wody | lata | zimy | deszczu | ciszy | miasta | morza | ognia | popiołu | ulicy | lasu",
    p="""
    w deszczu | nad rzeką | pod mostem | o świcie | na końcu miasta | bez ciebie | po drugiej stronie | za oknem |
    między blokami | przed burzą | w środku zimy | na ostatnim piętrze | w listopadzie | do rana""",
    v="""
    czekam na ciebie | nie mów nic | tańczę | śpiewaj ze mną | zostań | nie wracaj | wracam do domu | obudź mnie |
    idziemy pieszo | zgaś światło | nie zasypiaj""",
    c="pada śnieg | śpi miasto | wraca wiosna | gaśnie światło | milczy las | kończy się lato | odjeżdża tramwaj",
    imie="Bronisława | Kazimiera | Jadwiga | Zofijka | Hieronim | Walenty | Pelagia",
    imieg="Bronisławy | Kazimiery | Pelagii | Hieronima | Walentego",
    gf="Hania | Kalina | Jagoda | Zuzanna | Malwina | Łucja | Iga | Róża | Bogna",
    gm="Bartosz | Stefan | Mikołaj | Tymon | Wojciech | Jerzy | Łukasz | Błażej | Gniewko",
    sf="Wrzosowska | Kalinowicz | Dębińska | Zarzycka | Jaworzyńska | Olszańska | Brzozowicz | Śliwecka | Łąkowska",
    sm="Wrzosowski | Kalinowicz | Dębiński | Zarzycki | Jaworzyński | Olszański | Brzozowicz | Śliwecki | Łąkowski",
    people="4* {gf} {sf} | 4* {gm} {sm} | {gf} i {gm}",
    bands="{am} {m} | {af} {f} | {head} {gen} | {m} i {f} | {gm} i {pb} | {pb} | {pb} znad {rzeki}",
    pb="Sąsiedzi | Latawce | Nocne Ptaki | Tramwaje | Żurawie | Jaskółki | Neony | Pasażerowie",
    rzeki="Odry | Warty | Narwi | Bugu",
    live="(Na żywo) | (Live) | (Live w Starej Hucie)",
)

SWEDISH = language(
    titles="""
    6* den {a} {c} | 4* det {a} {n} | 4* {d} {p} | 3* när {s1} | 2* {d} och {d} | 3* {v} {p} | innan {s1} |
    2* min {i} | {i} utan {i} | 2* {namn} | {namn} {p} | {num} {pl} | säg inte att {s1} | en {i} {p} | {pl} {p} |
    {v} | {d} | allt jag glömde {p} | sång till {namn} | där {s1} | {v}, {v}""",
    a="""
    blå | stilla | gamla | sista | långa | tysta | mörka | ljusa | röda | vilda | trasiga | ensamma | främmande |
    gyllene""",
    c="""
    natten | vinden | staden | gatan | stjärnan | sommaren | vintern | spegeln | ön | skogen | sången | tågresan |
    bron""",
    n="havet | ljuset | huset | fönstret | regnet | brevet | hjärtat | löftet | året | rummet",
    d="""
    natten | vinden | staden | havet | ljuset | snön | sommaren | vintern | skogen | månen | regnet | tystnaden |
    spårvagnen | älven | stjärnorna | fåglarna""",
    i="stad | himmel | sommar | dröm | spegel | väg | lykta | hemlighet | stjärna | gata | vals | karta",
    pl="lyktor | brev | stjärnor | somrar | lögner | tåg | måsar | mil | nätter | frågor",
    p="""
    i regnet | vid sjön | under bron | på landet | i november | utan dig | före gryningen | längs vägen hem |
    över taken | på perrongen | i din jacka | bakom dörren | norr om allt""",
    s1="snön faller | staden sover | du går | ljuset slocknar | sommaren tar slut | vinden vänder | vi glömmer allt",
    v="jag väntar | vi dansar | stanna | kom hem | sjung för mig | vi går | håll mig | väck mig | spring",
    namn="Valborg | Ingegerd | Alfhild | Torsten | Märta | Sixten | Elvira",
    num="3 | 5 | 7 | 9 | 13 | 40 | 100",
    gf="Alva | Ebba | Tuva | Märta | Saga | Linnea | Sanna | Elsa | Vendela",
    gm="Nils | Sixten | Axel | Viggo | Love | Torsten | Hampus | Åke | Olle",
    s="""
    Lindhamn | Ekström | Almgård | Sjövall | Björkö | Norrby | Hallsenius | Åkerfalk | Stenmyr | Rönnlund |
    Vikbladh""",
    people="4* {gf} {s} | 4* {gm} {s} | {gf} & {gm} | {gf}",
    bands="den {a} {c} | {d} | {d} & {d} | {gf} och {pb} | {pb} | {i} & {i} | {pb} från {ort}",
    pb="Fyrvaktarna | Måsarna | Grannarna | Nattvandrarna | Spårvagnarna | Norrskenen",
    ort="Granvik | Lövåsen | Tallbo | Marsund",
    live="(Live) | (Live från Folkets Park) | (Live på Magasinet)",
)

NORWEGIAN = language(
    titles="""
    6* den {a} {c} | 4* det {a} {n} | 4* {d} {p} | 3* når {s1} | 2* {d} og {d} | 3* {v} {p} | før {s1} | {navn} |
    {navn} {p} | {num} {pl} | ikke si at {s1} | {pl} {p} | {v} | {d} | alt jeg glemte {p} | sang til {navn} |
    {v}, {v}""",
    a="blå | stille | gamle | siste | lange | mørke | lyse | røde | ville | ødelagte | ensomme | fremmede",
    c="natten | vinden | byen | gaten | stjernen | sommeren | vinteren | øya | skogen | sangen | fjorden | brua",
    n="havet | lyset | huset | vinduet | regnet | brevet | hjertet | løftet | fjellet | rommet",
    d="""
    natten | vinden | byen | havet | lyset | snøen | sommeren | vinteren | skogen | månen | regnet | stillheten |
    elva""",
    pl="lykter | brev | stjerner | somre | løgner | tog | måker | mil | netter | spørsmål",
    p="""
    i regnet | ved fjorden | under brua | på landet | i november | uten deg | før daggry | på veien hjem |
    over takene | på perrongen | i jakka di | bak døra | nord for alt""",
    s1="snøen faller | byen sover | du går | lyset slukner | sommeren er over | vinden snur | vi glemmer alt",
    v="jeg venter | vi danser | bli her | kom hjem | syng for meg | vi går | hold meg | vekk meg | løp",
    navn="Ragnhild | Solveig | Borghild | Torbjørn | Gudrun | Peder",
    num="3 | 5 | 7 | 9 | 13 | 40 | 100",
    gf="Solveig | Ingrid | Tiril | Synnøve | Åsta | Marit | Eirin",
    gm="Håkon | Sivert | Torbjørn | Øystein | Jonas | Eirik | Brage",
    s="Fjellbakken | Nordvåg | Høyland | Solbakk | Tindlund | Granmo | Skogheim | Øverås | Havnevik",
    people="4* {gf} {s} | 4* {gm} {s} | {gf} & {gm}",
    bands="den {a} {c} | {d} | {d} & {d} | {gf} og {pb} | {pb} | {pb} fra {sted}",
    pb="Fyrvokterne | Måkene | Naboene | Nattergalene | Snøplogene",
    sted="Nordvik | Lauvåsen | Tindset | Solvær",
    live="(Live) | (Live fra Låven) | (Live på Fabrikken)",
)
