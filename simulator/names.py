"""Words the invented people are made of: common US names, streets, schools, firms, put together at random."""

_FEMALE = """
Emma Olivia Ava Sophia Isabella Mia Charlotte Amelia Harper Evelyn Abigail Emily Ella Elizabeth Camila Luna Sofia
Avery Mila Aria Scarlett Penelope Layla Chloe Victoria Madison Eleanor Grace Nora Riley Zoey Hannah Hazel Lily Ellie
Violet Lillian Zoe Stella Aurora Natalie Emilia Everly Leah Aubrey Willow Addison Lucy Audrey Bella Nova Brooklyn
Paisley Savannah Claire Skylar Isla Genesis Naomi Elena Caroline Eliana Anna Maya Valentina Ruby Kennedy Ivy Ariana
Aaliyah Cora Madelyn Alice Kinsley Hailey Gabriella Allison Gianna Serenity Samantha Sarah Autumn Quinn Eva Piper
Sophie Sadie Delilah Josephine Nevaeh Adeline Arya Emery Lydia Clara Vivian Madeline Peyton Julia Rylee Denise
Marisol Yesenia Priya Mei Ingrid Latoya Fatima Zainab Tamika
"""
_MALE = """
Liam Noah Oliver Elijah James William Benjamin Lucas Henry Alexander Mason Michael Ethan Daniel Jacob Logan Jackson
Levi Sebastian Mateo Jack Owen Theodore Aiden Samuel Joseph John David Wyatt Matthew Luke Asher Carter Julian
Grayson Leo Jayden Gabriel Isaac Lincoln Anthony Hudson Dylan Ezra Thomas Charles Christopher Jaxon Maverick Josiah
Isaiah Andrew Elias Joshua Nathan Caleb Ryan Adrian Miles Eli Nolan Christian Aaron Cameron Ezekiel Colton Luca
Landon Hunter Jonathan Santiago Axel Easton Cooper Jeremiah Angel Roman Connor Jameson Robert Greyson Jordan Ian
Carson Jaxson Leonardo Nicholas Dominic Austin Everett Brooks Xavier Kai Jose Parker Adam Jace Wesley Kayden Silas
Rashid Hiroshi Dmitri Kwame Arjun Malik Tomas Pedro Viktor
"""
_SURNAMES = """
Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson Anderson
Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson Walker Young
Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter
Roberts Gomez Phillips Evans Turner Diaz Parker Cruz Edwards Collins Reyes Stewart Morris Morales Murphy Cook Rogers
Gutierrez Ortiz Morgan Cooper Peterson Bailey Reed Kelly Howard Ramos Kim Cox Ward Richardson Watson Brooks Chavez
Wood Bennett Gray Mendoza Ruiz Hughes Price Alvarez Castillo Sanders Patel Myers Long Ross Foster Jimenez Powell
Jenkins Perry Russell Sullivan Bell Coleman Butler Henderson Barnes Gonzales Fisher Vasquez Simmons Romero Jordan
Patterson Alexander Hamilton Graham Reynolds Griffin Wallace Moreno West Cole Hayes Bryant Herrera Gibson Ellis Tran
Medina Aguilar Stevens Murray Ford Castro Marshall Owens Harrison Fernandez McDonald Woods Washington Kennedy Wells
Vargas Henry Chen Freeman Webb Tucker Guzman Burns Crawford Olson Simpson Porter Hunter Gordon Mendez Silva Shaw
Snyder Mason Dixon Munoz Hunt Hicks Holmes Palmer Wagner Black Robertson Boyd Rose Stone Salazar Fox Warren Mills
Meyer Rice Schmidt Garza Daniels Ferguson Nichols Stephens Soto Weaver Ryan Gardner Payne Grant Dunn Kelley Spencer
Hawkins Arnold Pierce Hansen Peters Santos Hart Bradley Knight Elliott Cunningham Duncan Armstrong Hudson Carroll
Lane Riley Andrews Alvarado Ray Delgado Berry Perkins Hoffman Johnston Matthews Pena Richards Contreras Willis
Carpenter Lawrence Sandoval O'Brien Müller Nuñez
"""
_STREETS = """
Main Oak Maple Cedar Elm Pine Washington Lake Hill Walnut Spring North Ridge Church Willow Mill Sunset River
Railroad Jackson Cherry Highland Dogwood Franklin Meadow Forest Park Jefferson Magnolia Chestnut Birch Lincoln Adams
Spruce Poplar Hickory Laurel Second Third Fourth Fifth Sixth Seventh Eighth Ninth Tenth
"""
FEMALE, MALE, SURNAMES, STREETS = (tuple(words.split()) for words in (_FEMALE, _MALE, _SURNAMES, _STREETS))
STREET_KINDS = ("Street", "Street", "Avenue", "Avenue", "Road", "Drive", "Lane", "Court", "Place", "Boulevard")
MAIL_HOSTS = ("example.com", "example.com", "example.com", "example.org", "example.net")
HAIR_COLORS = ("Black", "Brown", "Brown", "Blonde", "Red", "Gray", "White")
HAIR_TYPES = ("Straight", "Wavy", "Curly", "Kinky")
EYES = ("Brown", "Brown", "Blue", "Green", "Hazel", "Amber", "Gray")
BLOOD = ("O+", "O+", "O-", "A+", "A+", "A-", "B+", "B-", "AB+", "AB-")
UNIVERSITIES = (
    "Lakeshore State University",
    "University of North Harbor",
    "Pine Valley College",
    "Granite Hills Polytechnic",
    "Prairie Central University",
    "Bayfront Institute of Technology",
    "Old Mill College",
    "Cedar Ridge University",
)
DEPARTMENTS = (
    "Engineering",
    "Support",
    "Research and Development",
    "Marketing",
    "Human Resources",
    "Product Management",
    "Accounting",
    "Legal",
)
TITLES = (
    "Sales Manager",
    "Account Executive",
    "Data Analyst",
    "Office Manager",
    "Product Designer",
    "Nurse",
    "Teacher",
    "Electrician",
)
FIRM_WORDS = (
    "Harbor",
    "Summit",
    "Bluebird",
    "Copper",
    "Northgate",
    "Juniper",
    "Keystone",
    "Lantern",
    "Marble",
    "Quill",
    "Redwood",
    "Saltmarsh",
)
FIRM_KINDS = (
    "Logistics",
    "Partners",
    "Foods",
    "Dental",
    "Design",
    "Roofing",
    "Labs",
    "Insurance",
    "Printing",
    "Clinic",
)
CARD_TYPES = ("Visa", "Mastercard", "American Express", "Discover", "Diners Club International", "JCB")
COINS = ("Bitcoin", "Ethereum", "Litecoin", "Dogecoin")
USER_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.1 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0",
)
REVIEWS = {
    1: ("Very disappointed!", "Broke after a week.", "Would not recommend!", "Poor quality."),
    2: ("Not as described.", "Below my expectations.", "Not worth the price.", "Disappointing."),
    3: ("It is okay.", "Does the job.", "Average, nothing more.", "Fine for the price."),
    4: ("Very satisfied!", "Good value.", "Would buy again!", "Happy with it."),
    5: (
        "Excellent quality!",
        "Highly recommended!",
        "Fast shipping, lovely product!",
        "Very happy with my purchase!",
        "Highly impressed!",
    ),
}
