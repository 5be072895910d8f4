"""The words by which names are recognised in French documents: titles, cues, offices, and what no name is.

Data only. Case matters where it is given; the sets that are said to be folded hold words as `normalise.fold` makes
    them.
"""


def words(text: str) -> frozenset[str]:
    """A list of words, written as one reads it."""
    return frozenset(text.split())


HONORIFICS = words(
    """M MM Mr Mrs Mme Mmes MME MMES Mlle Mlles MLLE MLLES Mgr Monsieur MONSIEUR Messieurs MESSIEURS Madame MADAME
    Mesdames MESDAMES
    Mademoiselle MADEMOISELLE Mesdemoiselles Me Mes ME Maître Maitre Maîtres Maitres MAÎTRE MAITRE MAÎTRES Dr Docteur
    DOCTEUR Pr Professeur
    Sir Lord Lady Vve Veuve VEUVE Feu Feue Consorts CONSORTS Époux ÉPOUX Epoux EPOUX Héritiers
    monsieur messieurs madame mesdames mademoiselle maître maitre maîtres docteur professeur feu feue consorts époux
    héritiers mme mmes mlle mr mes"""
)

# Words that introduce a name without being a title.
CUES = words(
    """épouse ÉPOUSE EPOUSE née NÉE NEE veuve VEUVE divorcée alias dit dite nommé nommée dénommé dénommée prénommé
    prénommée sieur
    affaire"""
)

# What diaries have before a name («rdv Abitbol»), and messages that send someone to somebody («Préviens Yass»).
APPOINTMENTS = words("rdv RDV Rdv rendez-vous Rendez-vous visio tél Tél tel Tel Appelle Rappelle Préviens")

# What a name follows, be it a word of French.
FAMILIES = words(
    """famille familles ménage fratrie tonton tata tatie mamie mamy papi papy pépé mémé nounou tonton Tonton Tata Tatie
    Mamie Mamy Papi Papy Pépé Mémé Nounou"""
)

# Offices: what follows is a name only if French has no such word.
OFFICES = words(
    """général colonel commandant capitaine lieutenant adjudant brigadier sergent maréchal amiral gendarme abbé père
    frère soeur sœur cardinal évêque
    archevêque pasteur baron baronne comte comtesse marquis marquise duc duchesse prince princesse ministre président
    présidente député députée sénateur
    maire préfet juge greffier greffière conseiller conseillère procureur expert notaire huissier avocat avocate
    magistrat magistrate
    témoin gérant gérante
    salarié salariée locataire enfant enfants mineur mineure fils fille citoyen camarade agent inspecteur commissaire
    chancelier dame dames sieurs indivision hoirie famille veuf géomètre assistante assistant médecin infirmière
    infirmier adjointe adjoint gardien gardienne nourrice chauffeur petit petite jeune feu"""
)

# Who someone is to somebody else: a name may follow at once («mon frère Loïc») or between commas («sa sœur, Anaïs,»).
KIN = words(
    """mère mères pères mari femme épouse époux conjoint conjointe compagnon compagne concubin concubine partenaire
    fiancé fiancée frères sœurs soeurs demi-frère demi-sœur beau-frère belle-sœur beau-père belle-mère beau-fils
    belle-fille gendre bru oncle tante cousin cousine neveu nièce parrain marraine filleul filleule grand-père
    grand-mère petit-fils petite-fille aïeul aïeule jumeau jumelle père frère soeur sœur fils fille enfant ami
    amie amis collègue collègues voisin voisine voisins associé associée héritier héritière légataire employeur
    employé employée patient patiente victime témoin gérant gérante assistant assistante adjoint adjointe
    géomètre comptable secrétaire bailleur bailleresse locataire sous-locataire colocataire tuteur tutrice
    curateur curatrice mandataire supérieur supérieure chef responsable agresseur conducteur conductrice
    passager passagère acheteur acheteuse vendeur vendeuse élève stagiaire apprenti apprentie pupille défunt
    défunte associés cohéritiers parents grands-parents beaux-parents copropriétaires jumeaux jumelles voisines
    amies médecin directrice directeur gardien gardienne facteur factrice serveur serveuse vigile maîtresse
    instituteur institutrice éducateur éducatrice inspecteur inspectrice infirmier infirmière artisan ouvrier
    ouvrière livreur concierge interprète nourrice psychologue psychiatre dentiste enseignant enseignante
    professeur entraîneur cariste intérimaire chauffeur prédécesseur
    surveillant surveillante enquêteur enquêtrice policier policière buraliste formateur formatrice moniteur monitrice
    animateur animatrice régisseur fermier fermière éleveur aide-soignante aide-soignant coach dlle"""
)
# Papers that bear the name of who made them or whom they concern: «l'attestation Mebarki», «la succession Roux».
PAPERS = words(
    """attestation attestations certificat certificats plainte témoignages dépositions audition auditions
    succession divorce déposition témoignage indivision tutelle"""
)

PHRASES = (
    "ayants droit de ", "ayant droit de ", "succession de ", "représentée par ", "représenté par ",
    "en la personne de ", "nom d'usage ", "nom d'usage : ",
    "nom de naissance ", "nom de naissance : ", "Nom : ", "NOM : ", "Prénom : ", "Nom: ", "signé : ", "signé ",
    "Signé : ", "ressortissant français, ", "le nom ", "le prénom ", "du nom de ", "le patronyme ", 
   "en présence de ", "accompagné de ", "accompagnée de ",
    "concubinage avec ", "concubine de ", "pacsé avec ", "pacsée avec ", "marié avec ", "mariée avec ", "marié à ",
    "mariée à ", "vit avec ", "divorcé de ", "divorcée de ", "séparé de ", "séparée de ", "union avec ",
    "avec l'aide de ", "de la part de ", "en compagnie de ",
    "un certain ", "une certaine ", "se nomme ",
    "demandez à ",
    "me nomme ", "s'appelle ", "m'appelle ", "surnommé ", "surnommée ", "fait appeler ", "faisait appeler ",
)  # fmt: skip

PLURAL = words(
    "MM Mmes MMES Mlles "
    "MLLES Messieurs MESSIEURS messieurs Mesdames mesdames Mes mes Maîtres maîtres Consorts consorts CONSORTS"
)

LAWYER = words("Me ME Mes mes Maître Maitre maître maitre Maîtres maîtres Maitres MAÎTRE MAITRE MAÎTRES")

PEERS = frozenset(("Lord", "Sir", "Lady"))

OFFICES_OF_PEERS = frozenset(("advocate", "chancellor", "chief", "clerk", "general"))

TITLES = words(
    """president presidente vicepresident vicepresidente premier premiere procureur procureure avocat avocate avocats
    juge juges
    conseiller conseillere conseillers conseilleres batonnier ministre prefet prefete maire directeur directrice
    greffier greffiere commissaire
    notaire huissier expert experte docteur professeur maitre general generale colonel rapporteur rapporteure
    secretaire doyen depute deputee
    senateur senatrice justice advocate chancelier gerant gerante inspecteur inspectrice administrateur liquidateur
    mandataire
    monsieur madame mademoiselle messieurs mesdames mm mme mmes mlle mlles me mes m mr dr pr etat roi reine
    cour tribunal chambre article articles code societe sarl sas sa sci scp selarl eurl snc contre et ou aux chef un une
    intime intimee appelant appelante demandeur demanderesse defendeur defenderesse requerant requerante bailleur
    preneur locataire
    representant representante substitut auditeur commandant capitaine lieutenant brigadier adjudant mediateur
    medecin psychologue"""
)

# Who goes to law and is nobody: the other side of «Roux c. Caisse».
INSTITUTIONS = words(
    """etat etats republique federation societe societes commune communes ministere ministre ville caisse prefet
    prefecture procureur syndicat association banque mutuelle consorts compagnie etablissement etablissements agence
    office union region departement gouvernement commission conseil parlement royaume confederation groupe fonds
    credit assurance assurances direction administration centre clinique hopital universite chambre ordre autres
    ministre entreprise ets maison transports public direction generale secretaire home attorney general"""
)

# Capitalised words that look like the second half of a name and are not.
ACRONYMS = words(
    """cgt cfdt cfe cgc cftc unsa sncf ratp edf gdf insee urssaf cpam caf pole emploi france civ com crim soc bull
    cass qpc ccas siren siret
    rcs tva iban bic rib nir ue cee cedh cjue dalloz lexisnexis ccn drh cse chsct dreets direccte ag sci sarl sas sa
    snc eurl scp pageref hyperlink mergeformat numpages toc api cgu cgv
    cipav anah dreal carsat agirc arrco ircantec afpa dif cpf acre arce nacre crous ehpad esat ameli adil cada cnil inpi
    ofii ofpra ademe pacs smic rsa apl mdph cdaph fiva civi sarvi fgti cnaf
    msa rsi aah ptz udaf"""
)

# The model was taught with the acronyms alone as a feature: what is added here needs no training.
NEVER = ACRONYMS | words("aff exc pj za zi zac rdv fcpe peep eps pdl bet rpps adeli finess imei fwd")

LEADING = words(
    "le la les el al van von der den de des du da di dos das del della ben bin ibn mac mc o st saint san santa abou abu"
)

# Words that differ from a first name by their accents alone, and those of English letters.
NOT_GIVEN = frozenset(("marié", "mariés", "élisée", "thu", "to", "from", "sent", "subject", "kind", "dear", "best"))

SELDOM = frozenset(("mes", "feu"))  # ordinary words far more often than titles


# What a street is called, in lower case. The model was taught with these.
STREETS = words(
    """rue avenue av. av boulevard bd bld blvd place allée allées allee impasse chemin ch. che. route rte quai cours
    square
    passage villa résidence residence rés. res. lotissement hameau lieu lieudit faubourg fbg sentier esplanade promenade
    rond-point cité cite clos traverse montée montee venelle ruelle parvis mail corniche cour chaussée chaussee levée
    grande grand domaine parc quartier coron sente drève"""
)
# And how lists and labels shorten it («2 r. Béteille», «71 CH DES COMBETTES»): needs no training.
STREETS_SHORTENED = words("r. sq. pl. imp. all. chem. lot. résid. ch imp all")


def _brands(text: str) -> frozenset[str]:
    return frozenset("".join(name.split()) for name in text.split(";"))


# Companies and bodies that documents name as one names people, folded: insurers, banks, shops, carriers, makers.
BRANDS = _brands(
    """john deere; axa; maif; macif; maaf; matmut; groupama; allianz; generali; gmf; mma; smabtp; smacl; gan;
    aviva; abeille; covea; thelem; swisslife; pacifica; direct assurance; mutuelle generale; malakoff humanis;
    harmonie mutuelle; ag2r; klesia; pro btp; cnp; hiscox; bnp paribas; societe generale; credit agricole;
    credit mutuel; credit lyonnais; lcl; cic; boursorama; hsbc; natixis; cofidis; sofinco; cetelem; franfinance;
    younited; banque postale; la banque postale; caisse depargne; bred; ing; monabanq; revolut; leroy merlin;
    point p; castorama; brico depot; bricomarche; mr bricolage; carrefour; auchan; e leclerc; lidl; aldi;
    monoprix; intermarche; super u; hyper u; systeme u; franprix; darty; fnac; decathlon; ikea; conforama; but;
    sephora; yves rocher; marionnaud; zara; kiabi; gemo; amazon; google; facebook; instagram; whatsapp; tinder;
    youtube; twitter; linkedin; microsoft; apple; airbnb; booking; uber; deliveroo; blablacar; leboncoin;
    vinted; paypal; orange; sfr; free; bouygues; bouygues telecom; numericable; edf; engie; enedis; grdf;
    veolia; suez; totalenergies; total; esso; shell; sncf; ratp; keolis; transdev; air france; easyjet; ryanair;
    la poste; chronopost; colissimo; dhl; fedex; ups; dpd; gls; mondial relay; geodis; renault; peugeot;
    citroen; dacia; volkswagen; audi; bmw; mercedes; mercedes benz; toyota; nissan; hyundai; kia; fiat; ford;
    opel; volvo; tesla; skoda; seat; honda; yamaha; suzuki; iveco; scania; michelin; norauto; feu vert; midas;
    speedy; europcar; hertz; avis; sixt; arval; alphabet; ald; foncia; nexity; citya; century 21; orpi; laforet;
    guy hoquet; human immobilier; iad; kaufman broad; bureau veritas; socotec; apave; dekra; qualiconsult;
    saretec; polyexpert; soletanche bachy; vinci; eiffage; spie; fayat; sodexo; elior; compass; onet; samsic;
    derichebourg; securitas; adecco; manpower; randstad; synergie; crit; proman; sanofi; bayer; pfizer; servier;
    biogaran; doctolib; korian; orpea; emeis; colisee; apple pay; docusign; teams; zoom; france travail; pole
    emploi; urssaf; cpam; caf; carsat; msa; agefiph; cap emploi; mission locale; action logement; emmaus; croix
    rouge; secours catholique; restos du coeur; samu social; cimade; legifrance; doctrine; dalloz; lexis;
    lexisnexis"""
)
