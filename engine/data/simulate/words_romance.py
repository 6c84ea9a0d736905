"""Titles and artists in Spanish, Portuguese and French.

Nouns are listed by gender and phrases ready inflected, so that whatever the dice say, articles and endings agree.
"""

from engine.data.simulate.grammar import language

SPANISH = language(
    titles="""
    5* {m} {am} | 5* {f} {af} | 3* el {m} {am} | 3* la {f} {af} | 3* {m} {p} | 3* {f} {p} | 3* {v} {p} |
    2* {v} {t} | 3* cuando {c} | donde {c} | 2* mi {m} | 2* tu {f} | sin tu {f} | 2* {m} de {fm} |
    2* {f} de {mm} | la {f} y el {m} | no me digas que {c} | si te vas {t} | te espero {p} | nos vemos {p} {t} |
    ¿dónde está mi {f}? | dame tu {f} | {num} {plm} | {f} y {f} | {nombre} | 2* la {f} de {nombre} |
    {v}, {v}, {v} | todo lo que perdí {p} | quiero {v2} contigo {t} | volver a {v2} {p} | {m} {am}, {f} {af} |
    ya no quiero {v2} {p} | 2* {m} | 2* {f}""",
    m="""
    corazón | cielo | mar | fuego | viento | camino | verano | invierno | espejo | jardín | tren | barco | reloj |
    secreto | silencio | beso | abrazo | sueño | río | puerto | faro | barrio | balcón | cuaderno | relámpago |
    pájaro | lobo | gato | caballo | domingo | eclipse | limón""",
    am="""
    perdido | roto | azul | lejano | salvaje | eterno | dormido | ajeno | extraño | infinito | rojo | gris |
    amargo | dulce | de papel | de cristal | sin nombre | del sur | encendido | prohibido""",
    f="""
    luna | noche | lluvia | calle | ciudad | carta | ventana | herida | canción | mañana | primavera | estrella |
    sombra | luz | flor | espina | sal | arena | montaña | promesa | mentira | mirada | voz | risa | llave |
    puerta | maleta | guitarra | paloma | marea | medianoche""",
    af="""
    perdida | rota | azul | lejana | salvaje | eterna | dormida | ajena | extraña | infinita | roja | gris |
    amarga | dulce | de papel | de cristal | sin nombre | del sur | encendida | prohibida""",
    fm="sal | arena | luz | lluvia | luna | niebla | lana | plata",
    mm="fuego | viento | silencio | mar | verano | invierno | domingo | humo | octubre",
    plm="lunas | cartas | balcones | trenes | mentiras | veranos | domingos | gatos | relojes | promesas",
    p="""
    en la lluvia | bajo la luna | a la orilla del mar | en tu balcón | detrás de la puerta | en la última fila |
    frente al espejo | en el barrio | al final de la calle | entre las sombras | sobre los tejados | sin ti |
    junto al río | en la estación | lejos de casa""",
    t="esta noche | otra vez | hasta el amanecer | en abril | los domingos | antes del alba | para siempre",
    v="bailar | llorar | volver | soñar | cantar | correr | esperar | caminar | respirar | olvidar | callar",
    v2="bailar | llorar | soñar | cantar | correr | esperar | caminar | hablar | despertar",
    c="""
    cae la noche | llueve en el puerto | vuelve el verano | duerme la ciudad | se apaga la luz | canta el río |
    me miras así | nadie nos ve | termina la fiesta | florece el limonero | te vas""",
    nombre="Amparo | Macarena | Remedios | Julieta | Rosario | Inés | Baltasar | Marisol | Soledad | Candela",
    num="3 | 5 | 7 | 9 | 13 | 20 | 40 | 100",
    gf="""
    Amaia | Lucía | Inés | Ximena | Jimena | Candela | Noelia | Itziar | Renata | Abril | Maite | Valentina |
    Yolanda""",
    gm="Rodrigo | Gael | Nicolás | Emiliano | Ezequiel | Joaquín | Ulises | Lautaro | Adrián | Hugo | Ramiro",
    s="""
    Ibarra | Quiroga | Zamudio | Peñalver | Urrutia | Cisneros | Arriaga | Montalbán | Echeverry | Valdivieso |
    Larrañaga | Olmedo | Sotomayor | Benavides | Ugarte | Carranza | Lezama | Pizarnik | Núñez Vela | Alcántara""",
    people="4* {gf} {s} | 4* {gm} {s} | {gf} y {gm} | la {gf} | {gm} el {am}",
    bands="""
    los {pm} | 2* los {pm} del {m} | las {pf} | las {pf} de {nombre} | {m} {am} | {f} {af} | la {f} {af} |
    {gf} y los {pm}""",
    pm="Faroles | Relámpagos | Forasteros | Gatos | Domingos | Cometas | Marineros | Tejados | Satélites",
    pf="Mareas | Golondrinas | Luciérnagas | Primas | Lunas | Sirenas | Espinas | Maletas",
    live="(En vivo) | (En directo) | (Live) | (En vivo en el Teatro Alameda) | (En directo desde la Sala Faro)",
)

PORTUGUESE = language(
    titles="""
    5* {m} {am} | 5* {f} {af} | 3* o {m} {am} | 3* a {f} {af} | 3* {m} {p} | 3* {f} {p} | 3* {v} {p} |
    2* {v} {t} | 3* quando {c} | onde {c} | 2* meu {m} | 2* minha {f} | sem a tua {f} | {m} de {fm} |
    {f} de {mm} | {f} e {m} | a {f} e o {m} | diz que {c} | se você voltar {t} | te espero {p} |
    canção para {nome} | cadê minha {f}? | {num} {pl} | 2* {nome} | samba da {f} | samba do {m} |
    quero {v} contigo {t} | não vá embora {t} | tudo que deixei {p} | valsa {p} | 2* {f} | {m}""",
    m="""
    coração | céu | mar | fogo | vento | caminho | verão | inverno | espelho | jardim | trem | barco | relógio |
    segredo | silêncio | beijo | abraço | sonho | rio | porto | farol | quintal | retrato | vaga-lume |
    passarinho | carnaval | violão | sertão | temporal""",
    am="""
    perdido | quebrado | azul | distante | bravo | eterno | sonâmbulo | alheio | estranho | infinito | vermelho |
    amargo | doce | de papel | de vidro | sem nome | do norte | aceso | proibido | manso""",
    f="""
    lua | noite | chuva | rua | cidade | carta | janela | ferida | canção | manhã | primavera | estrela | sombra |
    luz | flor | areia | ilha | serra | promessa | mentira | voz | risada | chave | mala | saudade | maré |
    varanda | pipa | jangada""",
    af="""
    perdida | quebrada | azul | distante | brava | eterna | sonâmbula | alheia | estranha | infinita | vermelha |
    amarga | doce | de papel | de vidro | sem nome | do norte | acesa | proibida | mansa""",
    fm="areia | luz | chuva | lua | neblina | espuma | prata",
    mm="fogo | vento | silêncio | mar | verão | inverno | domingo | sal",
    pl="luas | cartas | marés | janelas | verões | mentiras | domingos | barcos | fevereiros",
    p="""
    na beira do mar | no fim da rua | debaixo da chuva | no quintal | de madrugada | na varanda | longe de casa |
    no último trem | entre as estrelas | atrás da porta | sobre os telhados | na ladeira | em fevereiro | sem você""",
    t="essa noite | outra vez | até o amanhecer | em abril | aos domingos | devagar | para sempre",
    v="dançar | chorar | voltar | sonhar | cantar | correr | esperar | caminhar | respirar | sambar | calar",
    c="""
    cai a noite | chove no porto | volta o verão | dorme a cidade | apaga a luz | canta o rio | a maré sobe |
    ninguém nos vê | acaba a festa | o galo canta""",
    nome="Iracema | Dolores | Conceição | Jurema | Benedita | Serafim | Marília | Firmino | Teodora",
    num="3 | 5 | 7 | 9 | 13 | 20 | 40 | 100",
    gf="""
    Iara | Luana | Teresa | Inês | Marisa | Joana | Beatriz | Clarice | Jandira | Helena | Moema | Leonor |
    Dandara""",
    gm="Caio | Otávio | Tomás | Duarte | Davi | Ubirajara | Henrique | Vasco | Murilo | Afonso | Raul | Simão",
    s="""
    Tavares | Figueiroa | Brandão | Queirós | Sarmento | Noronha | Vilhena | Cavalcante | Amoedo | Falcão |
    Peixoto | Lacerda | Serpa | Quintela | Assunção | Meireles Braga | Valadão | Ferraz""",
    people="4* {gf} {s} | 4* {gm} {s} | {gf} da {f} | {gm} do {m}",
    bands="""
    os {pm} | 2* os {pm} do {m} | as {pf} | as {pf} de {nome} | {m} {am} | {f} {af} | trio {s} | {gf} e os {pm}""",
    pm="Vaga-lumes | Forasteiros | Temporais | Marujos | Azulejos | Vizinhos | Satélites | Passarinhos",
    pf="Marés | Andorinhas | Varandas | Cigarras | Sereias | Jangadas | Comadres",
    live="(Ao vivo) | (Ao Vivo) | (Ao vivo no Teatro da Serra) | (Live)",
)

FRENCH = language(
    titles="""
    5* le {m} {am} | 5* la {f} {af} | 3* {lieu} {p} | 2* {lieu} et {lieu} | 3* quand {c} | là où {c} |
    si tu reviens {t} | 2* mon {m} {am} | 2* ma {f} {af} | un {m} {p} | une {f} {p} | {v} {p} | 2* {v} {t} |
    je t'attends {p} | ne me dis pas que {c} | 2* {prenom} | 2* la {f} de {prenom} | {num} {pl} |
    on ira {v2} {t} | tout ce que j'ai laissé {p} | sous {lieu} | comme {lieu} | sans {lieu} |
    je ne veux plus {v2} {p} | {m} {am}, {f} {af} | chanson pour {prenom} | {lieu}""",
    m="""
    vent | jardin | miroir | bateau | chemin | secret | silence | baiser | rêve | port | phare | quartier |
    balcon | train | loup | chat | cheval | dimanche | ciel | soleil | vertige | manège | cahier | feu""",
    am="""
    perdu | brisé | bleu | lointain | sauvage | éternel | endormi | étrange | rouge | gris | amer | de papier |
    de verre | sans nom | du nord | interdit | fragile | d'hiver""",
    f="""
    nuit | pluie | rue | ville | lettre | fenêtre | blessure | chanson | lune | saison | rivière | voix | valise |
    guitare | colombe | marée | porte | montagne | promesse | lumière | route | rose""",
    af="""
    perdue | brisée | bleue | lointaine | sauvage | éternelle | endormie | étrange | rouge | grise | amère |
    de papier | de verre | sans nom | du nord | interdite | fragile | d'hiver""",
    lieu="""
    le vent | la nuit | l'hiver | l'été | la mer | le silence | l'orage | la pluie | l'horloge | l'aube |
    la neige | les étoiles | les nuages | les miroirs | l'ombre | la poussière | les oiseaux | le sable | la brume""",
    pl="lunes | lettres | balcons | trains | mensonges | étés | dimanches | chats | orages",
    p="""
    sous la pluie | au bord de la mer | sur le balcon | derrière la porte | à la fenêtre | au bout de la rue |
    entre les ombres | sur les toits | sans toi | près du canal | à la gare | loin d'ici | dans tes bras |
    à minuit""",
    t="ce soir | encore | jusqu'à l'aube | en avril | le dimanche | doucement | avant l'orage | pour toujours",
    v="danser | pleurer | revenir | rêver | chanter | courir | attendre | marcher | respirer | oublier | partir",
    v2="danser | pleurer | rêver | chanter | courir | attendre | marcher | dormir | nager",
    c="""
    tombe la nuit | la ville dort | revient le printemps | le vent se lève | tu me regardes | la fête est finie |
    personne ne nous voit | chante la rivière | brûle le jardin | tu t'en vas""",
    prenom="Célestine | Apolline | Léontine | Mathurin | Ondine | Garance | Anatole | Philomène | Violette",
    num="3 | 5 | 7 | 9 | 13 | 20 | 40 | 100",
    gf="Apolline | Solène | Maëlle | Garance | Éloïse | Ondine | Capucine | Yseult | Noémie | Aïssata | Mireille",
    gm="Gaspard | Théo | Bastien | Anatole | Loïc | Maxence | Étienne | Moussa | Corentin | Octave | Rémi",
    s="""
    Delacourt | Vautrin | Beaufils | Kerguélen | Marchandeau | Lafresnaye | Roussillon | Tanguay | Lespérance |
    Duvernois | Saint-Clair | Diallo-Petit | Morvan | Charlebois | Fontanel | Poitras | Rivoire""",
    people="5* {gf} {s} | 5* {gm} {s} | {gf} & {gm} | {gf}",
    bands="""
    les {pm} | les {pm} de {prenom} | la {f} {af} | le {m} {am} | {gf} et les {pm} | {m} {am} | {f} {af} |
    {s} & {s}""",
    pm="Funambules | Hirondelles | Lampadaires | Vertiges | Marins | Satellites | Dimanches | Voisins | Automates",
    live="(Live) | (Live à la Grange) | (En concert) | (Live au Théâtre du Nord)",
)
