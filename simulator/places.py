"""Sixty large US cities: where the invented customers live. Each name stands for one city only."""

from typing import NamedTuple


class City(NamedTuple):
    """A city: its state, the beginning of its postal codes, its telephone area, its place on the map."""

    name: str
    state: str
    code: str
    postal: str
    area: str
    lat: float
    lng: float
    weight: float


def _city(line: str) -> City:
    name, state, code, postal, area, lat, lng, weight = line.split("|")
    return City(name, state, code, postal, area, float(lat), float(lng), float(weight))


# name|state|code|postal prefix|telephone area|latitude|longitude|weight (roughly the square root of its people)
CITIES = tuple(
    _city(line)
    for line in """\
New York|New York|NY|100|212|40.71|-74.01|29
Los Angeles|California|CA|900|213|34.05|-118.24|20
Chicago|Illinois|IL|606|312|41.88|-87.63|16
Houston|Texas|TX|770|713|29.76|-95.37|15
Phoenix|Arizona|AZ|850|602|33.45|-112.07|13
Philadelphia|Pennsylvania|PA|191|215|39.95|-75.17|13
San Antonio|Texas|TX|782|210|29.42|-98.49|12
San Diego|California|CA|921|619|32.72|-117.16|12
Dallas|Texas|TX|752|214|32.78|-96.80|11
Jacksonville|Florida|FL|322|904|30.33|-81.66|10
Austin|Texas|TX|787|512|30.27|-97.74|10
Fort Worth|Texas|TX|761|817|32.76|-97.33|10
San Jose|California|CA|951|408|37.34|-121.89|10
Columbus|Ohio|OH|432|614|39.96|-83.00|9
Charlotte|North Carolina|NC|282|704|35.23|-80.84|9
Indianapolis|Indiana|IN|462|317|39.77|-86.16|9
San Francisco|California|CA|941|415|37.77|-122.42|9
Seattle|Washington|WA|981|206|47.61|-122.33|9
Denver|Colorado|CO|802|303|39.74|-104.99|8
Oklahoma City|Oklahoma|OK|731|405|35.47|-97.52|8
Nashville|Tennessee|TN|372|615|36.16|-86.78|8
Washington|District of Columbia|DC|200|202|38.91|-77.04|8
El Paso|Texas|TX|799|915|31.76|-106.49|8
Las Vegas|Nevada|NV|891|702|36.17|-115.14|8
Boston|Massachusetts|MA|021|617|42.36|-71.06|8
Detroit|Michigan|MI|482|313|42.33|-83.05|8
Louisville|Kentucky|KY|402|502|38.25|-85.76|8
Portland|Oregon|OR|972|503|45.52|-122.68|8
Memphis|Tennessee|TN|381|901|35.15|-90.05|8
Baltimore|Maryland|MD|212|410|39.29|-76.61|7
Milwaukee|Wisconsin|WI|532|414|43.04|-87.91|7
Albuquerque|New Mexico|NM|871|505|35.08|-106.65|7
Tucson|Arizona|AZ|857|520|32.22|-110.97|7
Fresno|California|CA|937|559|36.74|-119.79|7
Sacramento|California|CA|958|916|38.58|-121.49|7
Mesa|Arizona|AZ|852|480|33.42|-111.83|7
Atlanta|Georgia|GA|303|404|33.75|-84.39|7
Kansas City|Missouri|MO|641|816|39.10|-94.58|7
Colorado Springs|Colorado|CO|809|719|38.83|-104.82|7
Omaha|Nebraska|NE|681|402|41.26|-95.93|7
Raleigh|North Carolina|NC|276|919|35.78|-78.64|7
Virginia Beach|Virginia|VA|234|757|36.85|-75.98|7
Long Beach|California|CA|908|562|33.77|-118.19|7
Miami|Florida|FL|331|305|25.76|-80.19|7
Oakland|California|CA|946|510|37.80|-122.27|7
Minneapolis|Minnesota|MN|554|612|44.98|-93.27|7
Bakersfield|California|CA|933|661|35.37|-119.02|6
Tulsa|Oklahoma|OK|741|918|36.15|-95.99|6
Tampa|Florida|FL|336|813|27.95|-82.46|6
Wichita|Kansas|KS|672|316|37.69|-97.34|6
New Orleans|Louisiana|LA|701|504|29.95|-90.07|6
Cleveland|Ohio|OH|441|216|41.50|-81.69|6
Honolulu|Hawaii|HI|968|808|21.31|-157.86|6
Anaheim|California|CA|928|714|33.84|-117.91|6
Orlando|Florida|FL|328|407|28.54|-81.38|6
Saint Paul|Minnesota|MN|551|651|44.95|-93.09|6
Cincinnati|Ohio|OH|452|513|39.10|-84.51|6
Pittsburgh|Pennsylvania|PA|152|412|40.44|-80.00|6
Saint Louis|Missouri|MO|631|314|38.63|-90.20|5
Anchorage|Alaska|AK|995|907|61.22|-149.90|5
Salt Lake City|Utah|UT|841|801|40.76|-111.89|5
Boise|Idaho|ID|837|208|43.62|-116.21|5
""".splitlines()
)

CITY_WEIGHTS = tuple(city.weight for city in CITIES)
STATES = tuple(sorted({(city.state, city.code) for city in CITIES}))
