"""English titles and artists, and the forms that music shares in every language (opus numbers, DJ names)."""

from engine.data.simulate.grammar import language, options

ENGLISH = language(
    headline=True,
    titles="""
    7* {adj} {n} | 4* {adj} {pl} | 5* {one} | 3* {mass} and {mass} | 4* {n} {place} | 3* {pl} {place} |
    3* the {n} {place} | 3* the {adj} {n} | 3* {vp} | 4* {vp} {time} | 2* {ger} | 3* {ger} {time} |
    2* {ger} {place} | 2* {mass} {place} | 2* don't {vp} | I don't {vp} anymore | we used to {vp} |
    when you {vp} | if I {vp} {time} | let's {vp} {time} | you never {vp} | I can't {vp} without you |
    how to {vp} {place} | 2* the {n} and the {n} | 2* {n} of {mass} | no {pl} {time} | all my {pl} {place} |
    {name} | 2* {name}'s {n} | 2* dear {name} | {name}, {vp} | 2* {num} {pl} | last {n} {place} |
    every {n} {place} | 2* {month} {mass} | where the {pl} go {time} | you and me and the {adj} {n} |
    {adj} {n} blues | song for {name} | {time12} | I saw the {n} {place} and thought of you |
    everything I left {place} | {mass} on my {body} | 2* {adj} {mass} | {adj} and {adj} | {vp} and {vp} |
    a {cadj} {n} {place} | {pl} for {name} | nobody told me to {vp} {time} | my {n} is your {n} |
    what the {n} said to the {n} | {body}, {body}, {mass} | {month}, {ger} | too many {pl} | half a {n} {time} |
    {name} doesn't live here {time}""",
    n="""
    river | window | mirror | lantern | candle | harbor | garden | engine | highway | orchard | feather |
    compass | letter | staircase | carousel | valley | shadow | satellite | radio | suitcase | piano | ribbon |
    needle | bottle | crown | kingdom | lighthouse | wolf | sparrow | heron | magpie | whale | moth | fox |
    horse | stranger | dancer | sailor | gambler | ghost | daughter | neighbor | city | street | station | motel |
    diner | basement | rooftop | kitchen | desert | meadow | forest | summer | winter | season | weekend |
    birthday | heartbeat | promise | secret | rumor | question | alibi | miracle | riddle | telephone |
    photograph | postcard | ladder | umbrella | bonfire | waterfall | border | balcony | elevator | ferry |
    playground | scarecrow | greenhouse | jukebox""",
    one="""
    Airmail | Almanac | Ballast | Bricklayer | Cartwheel | Cutlery | Dandelion | Doorbell | Driftwood |
    Eavesdropping | Evergreens | Fairground | Foxglove | Gaslight | Goosebumps | Greenhouse | Halogen | Haystack |
    Hinterland | Icebreaker | Inkwell | Jackdaw | Jukebox | Juniper | Kerosene | Kindling | Lanternfish |
    Leapyear | Loophole | Marginalia | Matchbox | Mothballs | Nightjar | Nosebleed | Offshore | Overgrown |
    Paraffin | Pinwheel | Pocketknife | Quicksilver | Roadworks | Rotary | Saltwater | Sawdust | Scarecrow |
    Tambourine | Thimble | Turnstile | Understudy | Upstream | Varnish | Vestibule | Wallflowers | Windowsill |
    Xylophone | Yellowjackets | Zigzag""",
    pl="""
    lights | wolves | sparrows | letters | echoes | strangers | diamonds | embers | lanterns | satellites |
    bones | feathers | windows | mirrors | engines | orchards | cathedrals | rivers | saints | thieves |
    gamblers | sailors | dancers | daughters | ghosts | horses | foxes | magpies | herons | moths | violets |
    magnolias | sunflowers | headlights | telephones | postcards | photographs | matches | fireworks | holidays |
    promises | rumors | questions | alibis | ladders | umbrellas | oranges | cherries | peaches | tides | pines |
    coyotes | neighbors""",
    adj="""
    golden | broken | silver | hollow | quiet | restless | electric | crooked | velvet | paper | lonely |
    borrowed | crimson | wooden | plastic | frozen | burning | distant | foreign | gentle | heavy | holy |
    hungry | idle | little | lost | lucky | midnight | neon | northern | painted | pale | rusty | sacred |
    second-hand | secret | sleepy | slow | southern | stolen | sudden | sunken | tender | tired | unwritten |
    wild | winter | yellow | fading | faithful | careless | blue-eyed | barefoot | reckless | weightless |
    bitter | better | sweet""",
    cadj="""
    broken | silver | hollow | quiet | restless | crooked | velvet | lonely | borrowed | wooden | distant |
    gentle | little | lucky | pale | rusty | secret | sleepy | slow | stolen | sudden | tired | wild | yellow |
    sweet""",
    mass="""
    gold | smoke | snow | dust | honey | thunder | lightning | silence | salt | sugar | gravity | daylight |
    moonlight | starlight | fire | water | glass | rust | velvet | mercy | trouble | sunshine | gasoline | ivory |
    champagne | cinnamon | tobacco | lavender | driftwood | static | laughter | courage | wonder | weather""",
    place="""
    in the rain | on the wire | by the water | under the overpass | in my pocket | on the roof | at the bus stop |
    beyond the pines | across the border | down the hall | behind the chapel | in the attic | on Calder Street |
    near the river | at the end of the line | in your coat | over the rooftops | on the radio | in the back seat |
    outside of town | under the stairs | in the orchard | beneath the ice | between the stars |
    at the county fair | on the fire escape | in a borrowed room | from the balcony | through the keyhole |
    along the shore""",
    time="""
    tonight | at midnight | before the morning | after the storm | in November | on a Tuesday | till the weekend |
    by Sunday | at dawn | in the meantime | for a while | again | after dark | before the war | all summer long |
    once a year | when it rains | in the spring | any minute now | after the party | one more time | at five a.m.""",
    vp="""
    keep the lights On | burn the letters | leave the porch light On | wait for the snow | learn to float |
    count the cars | follow the river | wear your coat | miss the train | break the mirror |
    dance with strangers | sleep on the floor | forget the map | steal the silver | feed the fire |
    ring the bell | paint the fence | cross the water | come back slow | sing it wrong | love like that |
    call it even | make it rain | take it slow | hold me closer | turn it over | go home | stay a little |
    drive too fast | say it twice | let it spill | run for cover | fall apart | shake it loose | write it down |
    carry the weight | tell the truth | bend the light | lose the thread | open the window | chase the ferry |
    talk to me""",
    ger="""
    waiting for the snow | dancing with strangers | learning to float | counting the cars | following the river |
    missing the train | sleeping on the floor | stealing the silver | feeding the fire | painting the fence |
    coming back slow | singing it wrong | driving too fast | falling apart | running for cover |
    chasing the ferry | talking in my sleep | burning the letters | holding on to nothing | looking for {name} |
    walking with {name} | losing the thread | writing it down | leaving the city | kissing the weather""",
    name="""
    Marlene | Josephine | Odette | Clementine | Theodora | Winifred | Rosalie | Emmeline | Harriet | Beatrix |
    Leonora | Augustin | Ferdinand | Elias | Ezra | Tobias | Jonah | Imogen | Louella | Mabel | Silas | Agnes""",
    month="January | February | March | April | May | June | July | August | September | October | November",
    body="hands | mouth | shoulders | lungs | ribs | eyes | tongue | heart",
    num="2 | 3 | 4 | 5 | 6 | 7 | 9 | 10 | 11 | 12 | 13 | 16 | 17 | 21 | 22 | 24 | 40 | 99 | 100 | 1,000",
    time12="2:47 a.m. | 4:15 | 11:11 p.m. | 5 to Midnight | 3 in the {morning} | 6:30 {place}",
    morning="morning | afternoon",
    slang="hustle | pressure | paper | motion | smoke | chain | corner | engine | diamond | block | winter | money",
    doom="""
    ash | bone | iron | blood | winter | plague | thorn | wrath | raven | abyss | coffin | grave | obsidian |
    famine""",
    ruin="throne | ritual | procession | harvest | cathedral | requiem | crown | oath | tomb | eclipse | descent",
    gf="""
    Clara | Nora | Imogen | Tessa | Maeve | Lorna | Edie | Willa | Saskia | Odessa | Marnie | Bryony | Delia |
    Joss | Perpetua | Romilly | Simone | Tamsin | Verity | Juniper | Hattie | Leonie""",
    gm="""
    Silas | Jonah | Wendell | Amos | Rufus | Caleb | Dorian | Fergus | Desmond | Otis | Ellis | Lowell |
    Nathaniel | Emmett | Callum | Barnaby | Thaddeus | Ansel | Gideon | Harlan | Ivor""",
    s="""
    Harrow | Pellworth | Ashdown | Quill | Merriwether | Thackeray | Holloway | Brandt | Wexford | Larkspur |
    Penhallow | Rook | Tillman | Vance | Winslow | Yarrow | Calloway | Dunmore | Eastlake | Fairbairn | Garrick |
    Hollis | Ingram | Kestrel | Lockhart | Marlowe | Nightingale | Oakes | Pryor | Ravenel | Sallow | Teague |
    Umber | Vesper | Whitlock | Castellane | Drummond | Everly-Shaw | O'Malloran""",
    people="6* {gf} {s} | 6* {gm} {s} | 2* {mono} | {gf} {mono} | {gm} {s} & the {pl}",
    bands="""
    3* the {adj} {pl} | 3* {n} & the {pl} | 2* {gf} & the {pl} | {gm} & the {adj} {pl} | 3* {adj} {n} |
    2* {pl} of {mass} | {mass} {n} club | 2* the {n} {pl} | {s} & {s} | {num} {pl} | 3* {mass} {pl} | {n} {n} |
    {name} {place} | the {s} {n} | {s} county | dear {name} | {mono} | the {month} {pl}""",
    live="""
    4* (Live) | (Live at the Old Granary) | (Live at Fernhill Park) | (Live in the Studio) |
    (Live from Studio 4) | (Live at the Corn Exchange) | (Live at Harlow Hall, 1994) | (Live in Portree) | - Live""",
    flavours={
        "metal": """
            3* {doom} {ruin} | {ruin} of {doom} | the {doom} and the {doom} | beneath the {ruin} |
            {doom} upon {doom} | of {doom} and {doom} | thy {ruin} | all is {doom} | where {doom} becomes {ruin}""",
        "hip hop": """
            3* {slang} talk | no {slang} | {num} {pl} | {slang} season | all {slang} | {slang} {place} |
            {slang} & {slang} | big {slang} | {slang} don't lie | on my {slang} | {month} freestyle |
            {mono} freestyle""",
        "metal act": """
            3* {doom} {ruin} | {ruin} of {doom} | {doom}{ruin} | {doom}born | the {doom} {ruin} | {doom} & {doom}""",
        "country": """
            {name}'s porch | {adj} county line | truck keys and {mass} | {n} on a dirt road | {mass} creek |
            Mama's {n} | {adj} boots | tailgate {time} | another beer for {name} | {month} in Tennessee""",
    },
    mono="{y1}{y2}",
    y1="Va | Ne | Lo | Ka | Mi | Ze | Ta | Ori | Sa | Elo | Tu | Ari | Ju | Bre | Sol | Ama | Che | Dov | Fay | Ila",
    y2="""
    lune | dra | riel | vie | mora | shai | len | zo | nique | ssa | rova | via | kai | bryn | nox | wyn | tte | lia""",
)

# Titles that don't depend on the language; {key} is the song's own key, such as "E Minor".
WORLDWIDE_TITLES = {
    "classical": options("""
        3* {form} No. {small} in {key} | 3* {form} in {key}, Op. {opus} |
        2* {form} in {key}, Op. {opus}: {movement} | {form} No. {small} in {key}: {movement} |
        {ensemble} No. {small} in {key}, Op. {opus}: {movement} | {ensemble} in {key}: {movement} |
        Suite for {instrument}: {dance} | {dance} in {key} |
        {small} Pieces for {instrument}, Op. {opus}: No. {small}, {tempo} |
        Sonata for {instrument} in {key}: {movement}"""),
    "ambient": options("""
        3* {still} | 2* {still} {roman} | {still} / {still} | {still}, {still} | {still} (Part {small}) |
        {opus}°N | Study for {instrument} and {still} | {still} at {small} a.m."""),
    "techno": options("""
        2* {pulse} | 2* {pulse} {opus} | {pulse} / {pulse} | {code}{opus} | {pulse} {code} | {roman}"""),
    "house": options("{pulse} | {pulse} (Extended Mix) | {groove} | {groove} & {groove} | {groove} ({pulse} Mix)"),
}
WORLDWIDE_WORDS = {
    "form": options("Nocturne | Prelude | Étude | Waltz | Ballade | Mazurka | Fantasia | Rondo | Sonata | Sonatina"),
    "ensemble": options("String Quartet | Piano Trio | Symphony | Concerto Grosso | Wind Quintet | Serenade"),
    "movement": options("I. {tempo} | II. {tempo} | III. {dance} | III. {tempo} | IV. Finale | IV. {tempo}"),
    "tempo": options("Allegro | Adagio | Andante | Largo | Presto | Vivace | Moderato | Lento | Allegretto"),
    "dance": options("Sarabande | Gigue | Menuet | Gavotte | Courante | Bourrée | Allemande | Passacaglia"),
    "instrument": options("Cello | Piano | Violin | Flute | Harp | Clarinet | Viola | Oboe | Two Pianos | Guitar"),
    "small": options("1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9"),
    "opus": options("11 | 14 | 19 | 23 | 26 | 31 | 37 | 42 | 48 | 53 | 57 | 64 | 68 | 71 | 76 | 88 | 93 | 101"),
    "roman": options("I | II | III | IV | V | VI | VII | IX | XII"),
    "still": options("""
        Drift | Lichen | Estuary | Halcyon | Tidal | Slow Light | Vapour | Nimbus | Permafrost | Sediment | Ebb |
        Driftglass | Lull | Undertow | Aurora | Low Tide | Fathom | Canopy | Hush | Meridian | Solstice | Moss"""),
    "pulse": options("""
        Voltage | Kinetic | Subrosa | Concrete | Strobe | Axis | Module | Overflow | Relay | Carbon | Tension |
        Vector | Basalt | Hypnos | Circuit | Nocturnal | Pressure | Flux | Ratio | Isotope | Warehouse | Transit"""),
    "code": options("KX- | M | Form | Unit | RT | Sector | AB- | Phase"),
    "groove": options(
        "Closer | Feel It | Body Heat | Move Slow | Higher | All Night | Your Touch | Get Down | Lift Me"
    ),
}
# West African names for artists of Nigeria and Ghana who sing in English.
WEST_AFRICAN_NAMES = {
    "gf": options("Abena | Efua | Ngozi | Yewande | Akosua | Ama | Folake | Zainab | Chidinma | Esi | Temilade"),
    "gm": options("Kwabena | Tunde | Kofi | Emeka | Kwame | Femi | Obinna | Yaw | Segun | Chike | Nii | Ebo"),
    "s": options("""
        Okonjo | Adomako | Asare | Balogun | Mensah | Ofori | Adeyinka | Boateng | Eze | Ogunlade | Quaye"""),
}
STAGE_NAMES = options("4* {mono} | MC {mono} | {mono} {letter} | {mono} & {given} | {given}{num} | DJ {given}")
PRODUCER_NAMES = options("5* {mono} | DJ {mono} | {mono} {letter} | {mono} & {mono} | {given}{num} | {given} {mono}")
ENSEMBLES = options(
    "{s} Quartet | {given} {s} Trio | {s} Ensemble | {s} Chamber Players | {s} & {s} Duo | The {s} Five"
)
STAGE_WORDS = {
    "letter": options("A | B | C | E | J | K | L | R | V | X | Z"),
    "num": options("99 | 7 | 3000 | 22 | 404"),
}
